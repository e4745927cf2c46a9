import fs from "node:fs";

fs.appendFileSync("migrations.txt", `${process.env.DATABASE_URL}\n`);
console.log("migrated");

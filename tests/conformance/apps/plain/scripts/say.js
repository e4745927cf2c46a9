console.log(`name is ${process.env.NAME}`);
console.error("to stderr");
process.exit(3);

console.log("some last words");
process.exit(7);

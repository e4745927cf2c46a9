const line = "y".repeat(1023) + "\n";
for (let n = 0; n < 30_000; n += 1) process.stdout.write(line);
process.stdout.write("z".repeat(5_000_000));
process.exitCode = 9;

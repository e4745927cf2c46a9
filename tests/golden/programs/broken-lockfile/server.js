console.error('cannot find the moon'); process.exit(3);

console.log("asleep");
setInterval(() => {}, 1000);

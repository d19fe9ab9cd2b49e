// Mocha swallows a rejection that nobody handles; Node.js, and so Node-RED, ends for it.
process.on("unhandledRejection", (reason) => {
  throw reason;
});

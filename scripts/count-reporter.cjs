// Mocha's own report, and in the file that COUNTS names its counts and what failed with which error.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

/** How long a process may take to end after its last test, in ms. */
const PATIENCE = 60_000;

module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}\n${error.stack ?? error}`));
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      const write = (all) =>
        writeFileSync(
          process.env.COUNTS,
          JSON.stringify({ passes, failures: all, pending, failed }),
        );
      write(failures);
      // What a test has left open would keep the runs that come after this one waiting for ever.
      setTimeout(() => {
        failed.push("something is still open after the last test");
        write(failures + 1);
        // After mocha's own listener, which takes the number of failed tests.
        process.on("exit", () => {
          process.exitCode = 1;
        });
        process.exit();
      }, PATIENCE).unref();
    });
  }
};

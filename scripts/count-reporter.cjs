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
      writeFileSync(process.env.COUNTS, JSON.stringify({ passes, failures, pending, failed }));
      // What a test that has failed leaves open would keep the others waiting for ever.
      setTimeout(() => {
        console.log("Something is still open after the last test");
        process.exit(1);
      }, PATIENCE).unref();
    });
  }
};

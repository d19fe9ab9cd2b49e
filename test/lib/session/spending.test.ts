import assert from "node:assert/strict";
import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import type { RealtimeError } from "../../../lib/protocol/errors";
import { localDay, Spending } from "../../../lib/session/spending";
import { SpendingFile } from "../../../lib/session/spending-file";
import { FakeClock } from "../../support/fake-clock";
import { codesOf } from "./ready-session";

const DAY = 86_400_000;

/** Runs something as if the machine stood elsewhere. */
function inZone<Result>(zone: string, run: () => Result): Result {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
}

describe("spending", () => {
  it("sums each account by itself, and knows what is estimated", () => {
    const spending = new Spending(new FakeClock());
    const kitchen = spending.account("s/kitchen");
    const bath = spending.account("s/bath");
    kitchen.add(0.25, false);
    kitchen.add(0.5, true);
    bath.add(1, false);
    assert.deepEqual([kitchen.today, bath.today], [0.75, 1]);
    assert.deepEqual([kitchen.isEstimated, bath.isEstimated], [true, false]);
    assert.equal(spending.account("s/kitchen").today, 0.75);
  });

  it("adds amounts up as a person does", () => {
    const spending = new Spending(new FakeClock());
    const account = spending.account("a");
    for (let part = 0; part < 10; part += 1) account.add(0.1, false);
    assert.equal(account.today, 1);
    const clock = new FakeClock();
    const again = new Spending(clock);
    again.account("a").add(0.2, false);
    again.restore({ days: { [localDay(clock.now())]: { a: { usd: 0.1, estimated: false } } } });
    assert.equal(again.account("a").today, 0.3);
    // The price of one cached token of a small model.
    account.add(6e-8, false);
    assert.equal(account.today, 1.000_000_06);
  });

  it("begins a new day at midnight, local time", () => {
    // Noon in UTC is the next day in Auckland (UTC+13), and the day before noon in New York.
    const noon = Date.UTC(2026, 0, 1, 12);
    assert.equal(
      inZone("Pacific/Auckland", () => localDay(noon)),
      "2026-01-02",
    );
    assert.equal(
      inZone("America/New_York", () => localDay(noon)),
      "2026-01-01",
    );
    assert.equal(
      inZone("America/New_York", () => localDay(Date.UTC(2026, 0, 1, 4, 59))),
      "2025-12-31",
    );
    assert.equal(
      inZone("America/New_York", () => localDay(Date.UTC(2026, 0, 1, 5))),
      "2026-01-01",
    );
  });

  it("counts from nothing on the next day", async () => {
    const clock = new FakeClock();
    const account = new Spending(clock).account("a");
    account.add(1, true);
    assert.equal(account.noteReached(1), true);
    await clock.advance(DAY);
    assert.equal(account.today, 0);
    assert.equal(account.isEstimated, false);
    assert.equal(account.noteReached(1), true);
  });

  it("tells once a day that a limit was reached", () => {
    const account = new Spending(new FakeClock()).account("a");
    assert.deepEqual(
      [1, 1, 2, 2].map((limit) => account.noteReached(limit)),
      [true, false, true, false],
    );
  });

  it("keeps seven days, and the sums of the real one when the clock starts in the past", async () => {
    const clock = new FakeClock();
    const spending = new Spending(clock);
    spending.account("a").add(1, false);
    const today = localDay(clock.now());
    clock.stall(-20_000 * DAY);
    spending.account("a").add(2, false);
    clock.stall(20_000 * DAY);
    assert.equal(spending.account("a").today, 1);
    assert.ok(today in spending.stored.days);
    for (let day = 0; day < 20; day += 1) {
      await clock.advance(DAY);
      spending.account("a").add(1, false);
    }
    assert.equal(Object.keys(spending.stored.days).length, 7);
    assert.equal(spending.account("a").today, 1);
  });

  it("puts together what more than a thousand accounts spend, and charges them all for it", () => {
    const spending = new Spending(new FakeClock());
    for (let at = 0; at < 1100; at += 1) spending.account(`key ${at}`).add(1, false);
    const [day = {}] = Object.values(spending.stored.days);
    assert.equal(Object.keys(day).length, 1001);
    assert.equal(spending.account("key 5").today, 1);
    assert.equal(spending.account("key 1050").today, 100);
    assert.equal(spending.account("another").today, 100);
    const again = new Spending(new FakeClock());
    again.restore(spending.stored);
    assert.equal(again.account("key 1050").today, 100);
  });

  it("keeps an account with a dangerous name apart", () => {
    const spending = new Spending(new FakeClock());
    spending.account("__proto__").add(1, false);
    spending.account("constructor").add(2, false);
    const again = new Spending(new FakeClock());
    again.restore(JSON.parse(JSON.stringify(spending.stored)));
    assert.equal(again.account("__proto__").today, 1);
    assert.equal(again.account("constructor").today, 2);
    assert.equal(again.account("toString").today, 0);
  });
});

describe("file of what was spent", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "realtime-spending-"));
    path = join(folder, "spending.json");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function open(clock = new FakeClock(), file = path) {
    const errors: RealtimeError[] = [];
    const spending = new SpendingFile({ path: file, clock });
    spending.onError((error) => errors.push(error));
    return { spending, clock, errors };
  }

  it("is written again after a listener has thrown at an error", async () => {
    const { spending, errors } = open(new FakeClock(), join(folder, "missing", "spending.json"));
    spending.onError(() => {
      throw new Error("no log");
    });
    spending.account("a").add(0.75, false);
    await spending.flush();
    assert.deepEqual(codesOf(errors), ["spending_unwritable"]);
    mkdirSync(join(folder, "missing"));
    await spending.flush();
    assert.match(readFileSync(join(folder, "missing", "spending.json"), "utf8"), /0\.75/);
  });

  it("is read by the next process, with the day's sum and what was told", async () => {
    const { spending, clock, errors } = open();
    spending.account("a").add(0.75, true);
    spending.account("a").noteReached(0.5);
    await spending.flush();
    const next = open(clock).spending.account("a");
    assert.equal(next.today, 0.75);
    assert.equal(next.isEstimated, true);
    assert.equal(next.noteReached(0.5), false);
    assert.deepEqual(errors, []);
  });

  it("is written ten seconds after a change, as a whole and with nothing left beside it", async () => {
    const { spending, clock } = open();
    const account = spending.account("a");
    account.add(1, false);
    await clock.advance(5000);
    account.add(1, false);
    await clock.advance(4999);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(clock.timers, 1);
    await clock.advance(1);
    await spending.flush();
    assert.deepEqual(readdirSync(folder), ["spending.json"]);
    assert.equal(open(clock).spending.account("a").today, 2);
    assert.equal(clock.timers, 0);
  });

  it("keeps all sums when one is beyond all numbers", async () => {
    const { spending, clock } = open();
    spending.account("a").add(2, false);
    spending.account("b").add(Infinity, false);
    await spending.flush();
    const again = open(clock);
    assert.equal(again.spending.account("a").today, 2);
    assert.ok(again.spending.account("b").today > 1e9);
    assert.deepEqual(again.errors, []);
  });

  it("is left alone while nothing changes", async () => {
    const { spending, clock } = open();
    assert.equal(spending.account("a").today, 0);
    await clock.advance(60_000);
    await spending.flush();
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const content of [
    "{",
    "[]",
    '{"days": 1}',
    '{"days": {"2026-01-01": {"a": {"usd": "1"}}}}',
  ]) {
    it(`is told to be broken when it holds ${content}, and replaced`, async () => {
      writeFileSync(path, content);
      const { spending, clock, errors } = open();
      const account = spending.account("a");
      assert.deepEqual(codesOf(errors), ["spending_unreadable"]);
      assert.ok(!errors[0]?.message.includes(folder));
      account.add(1, false);
      await spending.flush();
      assert.equal(open(clock).spending.account("a").today, 1);
    });
  }

  it("is told once to be unwritable, and written when it can be", async () => {
    const inner = join(folder, "gone");
    const { spending, clock, errors } = open(new FakeClock(), join(inner, "spending.json"));
    const account = spending.account("a");
    account.add(1, false);
    await spending.flush();
    account.add(1, false);
    await spending.flush();
    assert.deepEqual(codesOf(errors), ["spending_unwritable"]);
    assert.equal(account.today, 2);
    mkdirSync(inner);
    await spending.flush();
    assert.equal(open(clock, join(inner, "spending.json")).spending.account("a").today, 2);
  });

  it("is tried again after ten seconds when it could not be written", async () => {
    const inner = join(folder, "gone");
    const { spending, clock } = open(new FakeClock(), join(inner, "spending.json"));
    spending.account("a").add(1, false);
    await clock.advance(10_000);
    // Ends when the write does that was due.
    await spending.flush();
    mkdirSync(inner);
    assert.equal(clock.timers, 1);
    await clock.advance(10_000);
    await spending.flush();
    assert.equal(clock.timers, 0);
    assert.equal(open(clock, join(inner, "spending.json")).spending.account("a").today, 1);
  });

  it("is read later, and not replaced, while it is locked", async () => {
    const before = open();
    before.spending.account("a").add(1, false);
    await before.spending.flush();

    const { spending, clock, errors } = open(before.clock);
    const locked = mock.method(fs, "readFileSync", () => {
      throw Object.assign(new Error("locked"), { code: "EBUSY" });
    });
    try {
      spending.account("a").add(2, false);
      await spending.flush();
    } finally {
      locked.mock.restore();
    }
    assert.deepEqual(codesOf(errors), ["spending_unreadable"]);
    assert.equal(open(clock).spending.account("a").today, 1);
    await spending.flush();
    assert.equal(spending.account("a").today, 3);
    assert.equal(open(clock).spending.account("a").today, 3);
    assert.equal(errors.length, 1);
  });

  it("keeps the old content when the new one cannot be written", async () => {
    const { spending, clock, errors } = open();
    spending.account("a").add(1, false);
    await spending.flush();
    const before = readFileSync(path, "utf8");
    // A folder in the way of the temporary file.
    mkdirSync(`${path}.${process.pid}.tmp`);
    writeFileSync(join(`${path}.${process.pid}.tmp`, "x"), "");
    spending.account("a").add(1, false);
    await spending.flush();
    assert.deepEqual(codesOf(errors), ["spending_unwritable"]);
    assert.equal(readFileSync(path, "utf8"), before);
    assert.equal(open(clock).spending.account("a").today, 1);
  });

  it("is not needed: without a folder the sums stay in memory", async () => {
    const clock = new FakeClock();
    const spending = new SpendingFile({ path: undefined, clock });
    spending.account("a").add(1, false);
    assert.equal(clock.timers, 0);
    await spending.flush();
    assert.equal(spending.account("a").today, 1);
  });
});

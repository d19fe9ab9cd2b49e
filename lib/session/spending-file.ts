import { readFileSync } from "node:fs";
import { RealtimeError } from "../protocol/errors";
import { systemClock, type Clock, type Timer } from "./clock";
import { Spending, type SpendingAccount } from "./spending";

/** Where what was spent is kept. */
export interface SpendingFileOptions {
  /** Where the sums are kept; undefined keeps them in memory only. */
  readonly path: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** How long a change may wait to be written, in ms. */
const WRITE_INTERVAL = 10_000;

/** Errors of a file that can be read again soon: it is locked, or too many others are open. */
const PASSING: ReadonlySet<string> = new Set(["EAGAIN", "EBUSY", "EIO", "EMFILE", "ENFILE"]);

/**
 * Keeps what was spent in a small file, so that a restart does not begin a day's budget anew.
 *
 * The file is read when it is first needed and written as a whole: beside itself first, then
 * renamed, so that a crash leaves the old one or the new one. It is not replaced while it is locked,
 * and not read. What goes wrong is told to the listeners once, and goes on being tried; the sums in
 * memory stay right.
 */
export class SpendingFile {
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #spending: Spending;
  /** Replaced, never changed. */
  #listeners: readonly ((error: RealtimeError) => void)[] = [];
  #isLoaded = false;
  #isChanged = false;
  #isUnreadable = false;
  #isFailing = false;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor({ path, clock = systemClock }: SpendingFileOptions) {
    this.#path = path;
    this.#clock = clock;
    this.#spending = new Spending(clock, () => this.#changed());
  }

  /**
   * The account of this id, for a session's option `account`: the same for the same id. The first
   * call reads the file.
   *
   * @param id tells accounts apart; any text
   */
  account(id: string): SpendingAccount {
    this.#load();
    return this.#spending.account(id);
  }

  /**
   * Adds a listener for errors `spending_unreadable` and `spending_unwritable`. What it throws is
   * ignored. Returns a function that removes it.
   */
  onError(listener: (error: RealtimeError) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Writes what has changed. Never rejects: what goes wrong is told to the listeners. */
  flush(): Promise<void> {
    this.#timer?.stop();
    this.#timer = undefined;
    // One after another: two writes at once would be in each other's way.
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  #changed(): void {
    this.#isChanged = true;
    if (this.#path !== undefined) this.#writeLater();
  }

  #writeLater(): void {
    this.#timer ??= this.#clock.start(() => {
      void this.flush().then(() => {
        // Not written, or changed meanwhile: nobody may spend anything more today.
        if (this.#isChanged) this.#writeLater();
      });
    }, WRITE_INTERVAL);
  }

  #load(): void {
    if (this.#isLoaded || this.#path === undefined) return;
    try {
      this.#spending.restore(JSON.parse(readFileSync(this.#path, "utf8")));
      this.#isLoaded = true;
    } catch (error) {
      const code = codeOf(error);
      this.#isLoaded = code === undefined || !PASSING.has(code);
      if (code === "ENOENT" || this.#isUnreadable) return;
      this.#isUnreadable = true;
      this.#tell("spending_unreadable", "What was spent today cannot be read", error);
    }
  }

  async #write(): Promise<void> {
    if (this.#path === undefined || !this.#isChanged) return;
    this.#load();
    if (!this.#isLoaded) return;
    this.#isChanged = false;
    const temporary = `${this.#path}.${process.pid}.tmp`;
    // Loaded with the first sum to be kept: it takes a twentieth of what loading this library takes.
    const { rename, rm, writeFile } = await import("node:fs/promises");
    try {
      const text = `${JSON.stringify(this.#spending.stored, null, 2)}\n`;
      // On the disk before it takes the old one's place: else a power cut may leave neither.
      await writeFile(temporary, text, { flush: true });
      await rename(temporary, this.#path);
      this.#isFailing = false;
    } catch (error) {
      this.#isChanged = true;
      await rm(temporary, { force: true }).catch(() => undefined);
      if (this.#isFailing) return;
      this.#isFailing = true;
      this.#tell("spending_unwritable", "What was spent today cannot be stored", error);
    }
  }

  #tell(code: string, problem: string, error: unknown): void {
    const reason = codeOf(error) ?? "its content is broken";
    const told = new RealtimeError(code, `${problem} (${reason}): the budget may begin anew`);
    for (const listener of this.#listeners) {
      try {
        listener(told);
      } catch {
        // Its own trouble: the sums of the other writes and listeners do not depend on it.
      }
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

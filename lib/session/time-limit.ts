import { types } from "node:util";
import { type Context, createContext, Script } from "node:vm";

/** Made with the first use: few have tools that are called. */
let made: { readonly context: Context; readonly script: Script } | undefined;

/** How often a call is repeated during which the machine stood still. */
const REPEATS = 3;

/**
 * Calls a function, and stops it where it takes longer than so many ms: for what runs as long as
 * somebody else's data make it. Nothing of it may be left half done, and it may be called again.
 *
 * @throws Error with the code `ERR_SCRIPT_EXECUTION_TIMEOUT`, or what the function throws
 */
export function withinTime<Result>(milliseconds: number, call: () => Result): Result {
  const begin = process.cpuUsage();
  for (let repeats = 0; ; repeats += 1) {
    try {
      return stoppedAfter(milliseconds, call);
    } catch (error) {
      const { user, system } = process.cpuUsage(begin);
      // A machine that swaps, or is busy with others, gave the process no time: that is nobody's data.
      const hasComputed = (user + system) / 1000 > milliseconds / 2;
      if (!isTimeout(error) || hasComputed || repeats === REPEATS) throw error;
    }
  }
}

function stoppedAfter<Result>(milliseconds: number, call: () => Result): Result {
  made ??= { context: createContext({}), script: new Script("call()") };
  const { context, script } = made;
  let result: { readonly value: Result } | undefined;
  context["call"] = () => {
    result = { value: call() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } finally {
    delete context["call"];
  }
  if (result === undefined) throw new Error("The call has not ended");
  return result.value;
}

/** Whether an error says that a call took too long. */
export function isTimeout(error: unknown): boolean {
  // Not by `instanceof`: it is of the class of another context.
  const isError = types.isNativeError(error) && "code" in error;
  return isError && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

import { types } from "node:util";
import { type Context, createContext, Script } from "node:vm";

/** Made with the first use: few have tools that are called. */
let made: { readonly context: Context; readonly script: Script } | undefined;

/**
 * Calls a function, and stops it where it takes longer than so many ms: for what runs as long as
 * somebody else's data make it. Nothing of it may be left half done.
 *
 * @throws Error with the code `ERR_SCRIPT_EXECUTION_TIMEOUT`, or what the function throws
 */
export function withinTime<Result>(milliseconds: number, call: () => Result): Result {
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

/** What a process of the bench can be asked to do, by name; arguments and results travel as JSON. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** As it comes from the bench. */
export interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument?: unknown;
}

/** To the request with this id: what came of it, or why nothing did. */
export type Reply =
  | { readonly id: number; readonly result?: unknown }
  | { readonly id: number; readonly error: string };

/**
 * Answers what the bench asks of this process, until the bench lets it go. Apart from what starts such
 * processes, which would be measured with them: its compiler takes 5 MB.
 */
export function answer(commands: Commands): void {
  process.on("message", ({ id, name, argument }: Request) => {
    const command = commands[name] as ((argument: unknown) => unknown) | undefined;
    const reply = (message: Reply): void => {
      process.send?.(message);
    };
    Promise.resolve(argument)
      .then((value) => command?.(value))
      .then(
        (result) => reply({ id, result }),
        (error: unknown) => reply({ id, error: error instanceof Error ? error.message : "failed" }),
      );
  });
  // A profile is only written by a process that ends in an orderly way.
  process.on("disconnect", () => process.exit(0));
}

const DECIMALS: ReadonlyMap<string, string> = new Map([
  ["¼", ".25"],
  ["½", ".5"],
  ["¾", ".75"],
]);

/** "1½" as "1.5", "½" as ".5"; anything else as it is. */
export function withoutFraction(number: string): string {
  return number.replace(/\s?([¼½¾])$/, (_all, sign: string) => DECIMALS.get(sign) ?? "");
}

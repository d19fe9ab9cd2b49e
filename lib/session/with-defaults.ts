/**
 * Times or limits, each as given, else by default. One that is given as undefined counts as absent,
 * as in a program whose own options need not be there: it would be waited for no time at all.
 */
export function withDefaults<Values extends object>(
  defaults: Values,
  given: Partial<Values> | undefined,
): Values {
  const values = { ...defaults };
  for (const [name, value] of Object.entries<unknown>(given ?? {}))
    if (value !== undefined) Reflect.set(values, name, value);
  return values;
}

import { RealtimeError, type Budget } from "../lib/index";

/** The part of the session's form that is about money. */
export interface BudgetForm {
  /** In US dollars for each key and day; empty for no limit. */
  budget: string | number;
  budgetAction: Budget["action"];
}

const ACTIONS: readonly Budget["action"][] = ["warn", "text", "close"];

/**
 * The budget that a form asks for; undefined when it asks for none.
 *
 * @throws RealtimeError `invalid_budget`: what is no amount must not become "no limit".
 */
export function budgetOf({ budget, budgetAction }: Partial<BudgetForm>): Budget | undefined {
  const text = String(budget ?? "").trim();
  if (text === "") return undefined;
  const limit = Number(text);
  if (!(limit > 0 && limit < Infinity)) {
    throw new RealtimeError(
      "invalid_budget",
      "The budget must be an amount of US dollars above 0",
      {
        param: "budget",
      },
    );
  }
  return { limit, action: ACTIONS.find((action) => action === budgetAction) ?? "close" };
}

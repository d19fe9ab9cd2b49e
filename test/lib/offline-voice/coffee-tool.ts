import type { CommandTool } from "../../../lib/offline-voice/tool-schema";

/** A tool with six arguments and sentences of its own. */
export const orderDrink: CommandTool = {
  type: "function",
  name: "order_drink",
  description: "Orders a drink",
  parameters: {
    type: "object",
    properties: {
      size: { type: "string", enum: ["small", "medium", "large"] },
      roast: { type: "string", enum: ["light roast", "medium roast", "dark roast"] },
      numberOfShots: {
        type: "string",
        enum: ["single shot", "double shot", "triple shot", "quadruple shot"],
      },
      coffeeDrink: {
        type: "string",
        enum: ["americano", "cappuccino", "coffee", "espresso", "latte", "mocha"],
      },
      milkAmount: {
        type: "string",
        enum: ["no milk", "some milk", "a little milk", "a lot of milk"],
      },
      sugarAmount: {
        type: "string",
        enum: ["no sugar", "some sugar", "a little sugar", "a lot of sugar"],
      },
    },
    required: ["coffeeDrink"],
    "x-sentences": [
      "ask = (can|could|may) i (have|get) | (i'd|i would) like | (give|get|make|bring) me | i want",
      "{sugarAmount=some sugar} = sugar",
      "{milkAmount=some milk} = milk",
      "extras = with {milkAmount} [and {sugarAmount}] | with {sugarAmount} [and {milkAmount}]",
      "[<ask>] [a|an|the] [{size}] [{roast}] [{numberOfShots}] {coffeeDrink} [<extras>]",
      "[<ask>] [a|an|the] [{size}] [{numberOfShots}] [{roast}] {coffeeDrink} [<extras>]",
      "[<ask>] [a|an|the] [{size}] [{roast}] {coffeeDrink} with [a] {numberOfShots} [and {milkAmount}] [and {sugarAmount}]",
    ],
  },
};

/** An order in words, and the arguments that it means. */
export interface Order {
  readonly text: string;
  readonly arguments: Readonly<Record<string, string>>;
}

const ASKS = ["can i have", "could i get", "i'd like", "give me", "may i have", "i want", ""];
const SIZES = ["small", "medium", "large"];
const ROASTS = ["light roast", "medium roast", "dark roast"];
const SHOTS = ["single shot", "double shot", "triple shot", "quadruple shot"];
const DRINKS = ["americano", "cappuccino", "coffee", "espresso", "latte", "mocha"];
const MILK = ["no milk", "some milk", "a little milk", "a lot of milk"];
const SUGAR = ["no sugar", "some sugar", "a little sugar", "a lot of sugar"];

/** An order as a guest may say it; `random` gives numbers of 0 to 1. */
export function randomOrder(random: () => number): Order {
  const one = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";
  const maybe = (list: readonly string[], chance: number): string =>
    random() < chance ? one(list) : "";
  const ask = one(ASKS);
  const size = maybe(SIZES, 0.7);
  const roast = maybe(ROASTS, 0.6);
  const numberOfShots = maybe(SHOTS, 0.6);
  const coffeeDrink = one(DRINKS);
  const milkAmount = maybe(MILK, 0.5);
  const sugarAmount = maybe(SUGAR, 0.5);
  const before = random() < 0.5 ? [roast, numberOfShots] : [numberOfShots, roast];
  const named = [size, ...before, coffeeDrink].filter((word) => word !== "");
  const article = ask === "" ? [] : [/^[aeio]/.test(named[0] ?? "") ? "an" : "a"];
  // "with some milk and sugar" is said of some sugar.
  const sugar = milkAmount === "some milk" && sugarAmount === "some sugar" ? "sugar" : sugarAmount;
  const extras = [milkAmount, sugar].filter((word) => word !== "");
  const end = extras.length === 0 ? [] : ["with", extras.join(" and ")];
  const given = Object.entries({
    size,
    roast,
    numberOfShots,
    coffeeDrink,
    milkAmount,
    sugarAmount,
  });
  return {
    text: [ask, ...article, ...named, ...end].filter((word) => word !== "").join(" "),
    arguments: Object.fromEntries(given.filter(([, value]) => value !== "")),
  };
}

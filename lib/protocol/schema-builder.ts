/**
 * What schemas are built of. The build puts the parts of the library that are named here into this one
 * file (scripts/bundle-schema-builder.mjs): as it comes, it is 200 files that are all loaded, which takes
 * as long as all else together.
 */
import * as typebox from "@sinclair/typebox";

export { KindGuard } from "@sinclair/typebox";

export const Type = {
  Array: typebox.Array,
  Boolean: typebox.Boolean,
  Integer: typebox.Integer,
  Literal: typebox.Literal,
  Null: typebox.Null,
  Number: typebox.Number,
  Object: typebox.Object,
  Optional: typebox.Optional,
  Record: typebox.Record,
  String: typebox.String,
  Union: typebox.Union,
  Unknown: typebox.Unknown,
  Unsafe: typebox.Unsafe,
};

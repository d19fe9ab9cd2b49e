import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  createClientSecret,
  createTranslationSecret,
  withoutToolCredentials,
  type ClientSecretResponse,
  type TranslationSecretResponse,
} from "../lib/index";
import { choiceOf, textOf } from "./form-values";
import { serveOverHttp } from "./http-requests";
import type { SessionNode } from "./session";

interface ClientSecretDef extends NodeDef {
  session: string;
  /** What one can open with the secret. */
  opens: "session" | "translation";
  /** How long one can connect with it, in seconds; empty for what the server has. */
  lifetime: string | number;
  /** With `translation`. */
  translationModel: string;
  /** With `translation`: the language to translate into; empty for what the server has. */
  language: string;
}

export default function register(RED: NodeAPI): void {
  function ClientSecretConstructor(this: Node, config: ClientSecretDef): void {
    RED.nodes.createNode(this, config);
    serveOverHttp(RED, this, config.session, async (message, session, signal) => {
      const answer =
        choiceOf(config, "opens", ["session", "translation"]) === "translation"
          ? await translationSecret(config, session, signal)
          : await sessionSecret(config, session, signal);
      const passedOn: NodeMessage = { ...message, payload: answer };
      return passedOn;
    });
  }

  RED.nodes.registerType("openai-realtime-client-secret", ClientSecretConstructor);
}

async function sessionSecret(
  config: ClientSecretDef,
  session: SessionNode,
  signal: AbortSignal,
): Promise<ClientSecretResponse> {
  const { endpoint, settings } = await session.overHttp();
  const request = { ...lifetimeOf(config), session: settings };
  return withoutToolCredentials(await createClientSecret(endpoint, request, { signal }));
}

async function translationSecret(
  config: ClientSecretDef,
  session: SessionNode,
  signal: AbortSignal,
): Promise<TranslationSecretResponse> {
  const { endpoint } = await session.overHttp();
  const language = textOf(config, "language");
  const request = {
    ...lifetimeOf(config),
    session: {
      model: textOf(config, "translationModel") ?? "",
      ...(language === undefined ? {} : { audio: { output: { language } } }),
    },
  };
  return await createTranslationSecret(endpoint, request, { signal });
}

function lifetimeOf({ lifetime }: ClientSecretDef): {
  expires_after?: { anchor: "created_at"; seconds: number };
} {
  const text = String(lifetime ?? "").trim();
  return text === "" ? {} : { expires_after: { anchor: "created_at", seconds: Number(text) } };
}

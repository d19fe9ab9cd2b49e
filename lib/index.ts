/**
 * The session library: the OpenAI Realtime protocol, a session that speaks it, and the built-in
 * server. It knows nothing of Node-RED.
 */
export { AudioInputError, type AudioInputProblem } from "./audio/audio-input-error";
export { AUDIO_INPUTS, type AudioInput } from "./audio/audio-payload";
export { HalfDuplexGate } from "./audio/half-duplex-gate";
export { MicrophoneStream, type MicrophoneStreamOptions } from "./audio/microphone-stream";
export type { AudioEncoding } from "./audio/pcm";
export { SAMPLE_ENCODINGS, type SampleEncoding, type SampleFormat } from "./audio/sample-format";
export { RealtimeError } from "./protocol/errors";
export {
  approvalRequestIn,
  readApprovalAnswer,
  type ApprovalAnswer,
  type ApprovalRequest,
} from "./protocol/approval";
export { inputImage, PICTURE_LIMIT } from "./protocol/picture";
export * from "./protocol/event-types";
export { membersOf, type EventMember } from "./protocol/event-members";
export { contentOf, type EventContent } from "./protocol/event-content";
export { eventGroups, eventMatcher, type EventGroup } from "./protocol/event-groups";
export { membersIn, type Members } from "./protocol/members";
export { memberAtPath, testMember, type MemberOperator } from "./protocol/member-test";
export type { ContentPart, FunctionCallItem, Item, MessageItem } from "./protocol/items";
export type { FormattedItem } from "./protocol/local-events";
export type { Response, ResponseCreateParams } from "./protocol/response";
export { SENTENCES_KEYWORD, type McpTool } from "./protocol/tools";
export type {
  CreatedSession as RealtimeSessionCreateResponse,
  RealtimeSessionSettings,
  SessionSettings,
  TranscriptionSessionSettings,
} from "./protocol/session-settings";
export type { ClientSecretRequest, ClientSecretResponse } from "./protocol/client-secret";
export type {
  TranslationSecretRequest,
  TranslationSecretResponse,
  TranslationSettings,
} from "./protocol/translation-secret";
export { acceptCall, hangUpCall, referCall, rejectCall } from "./rest/calls";
export {
  createClientSecret,
  createTranslationSecret,
  withoutToolCredentials,
} from "./rest/client-secrets";
export type { RestOptions } from "./rest/http";
export { RestError } from "./rest/rest-error";
export { restTarget, type RestTarget } from "./rest/target";
export { problemOfSentences } from "./local-server/sentences";
export { startLocalServer } from "./local-server/start";
export type { LocalServer, LocalServerOptions } from "./local-server/server";
export {
  faultTypes,
  readFaults,
  type FaultInfo,
  type FaultParameter,
  type FaultRequest,
} from "./local-server/faults";
export { parseFrame } from "./protocol/frame";
export { translate } from "./protocol/beta-dialect";
export {
  validateClientEvent,
  validateServerEvent,
  validateSettings,
  type Problem,
  type Strictness,
} from "./protocol/validate";
export { SIZE_LIMITS } from "./session/size-limits";
export { RealtimeSession, type SessionSizes } from "./session/realtime-session";
export type { EventInfo, Observable, SessionEvents } from "./session/session-events";
export { DEFAULT_KEY, type SendOptions, type SessionOptions } from "./session/session-options";
export type { Acknowledgement } from "./session/acknowledgement";
export { Playback, type Delivery, type PlaybackOptions } from "./session/playback";
export type { PlayedItem } from "./session/utterance";
export { AudioOutput, isOutputRate, type OutputFormat } from "./audio/audio-output";
export { steadyClock, systemClock, type Clock } from "./session/clock";
export type { Activity } from "./session/activity";
export { budgetRefusal, type Budget, type BudgetReached } from "./session/budget";
export { endpointTarget, isPrivateHost, type Endpoint } from "./session/endpoint";
export {
  endpointPresets,
  isPresetName,
  type Preset,
  type PresetName,
  type SessionPurpose,
} from "./session/endpoint-presets";
export type { DialectChoice, EndpointTarget, TlsOptions } from "./session/endpoint-target";
export { proxyFor, type ProxyRules } from "./session/proxy";
export type { Latency } from "./session/latency";
export { PRICE_LIST, PRICE_LIST_DATE } from "./session/price-list";
export { parsePrices, type ModelPrices, type PriceTable, type TokenPrices } from "./session/prices";
export type { OutboundEvent } from "./session/outbound-event";
export type { SpendingAccount } from "./session/spending";
export { SpendingFile, type SpendingFileOptions } from "./session/spending-file";
export type { SessionUsage, UsageReport, UsageSum } from "./session/usage";
export type { SessionState } from "./session/session-state";
export type { AnswerOptions, ToolCall } from "./session/tool-calls";
export { rejectedTools, type RejectedTool, type ToolDefinition } from "./session/tool-schemas";

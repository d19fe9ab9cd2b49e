import type { CommandTool } from "../../../lib/offline-voice/tool-schema";

/** The tools of a small home, as sessions declare them. */

export const setLight: CommandTool = {
  type: "function",
  name: "set_light",
  description: "Turns the light of a room on or off, or dims it",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom", "living_room", "office"] },
      on: { type: "boolean", description: "true to switch it on" },
      brightness: { type: "integer", minimum: 0, maximum: 100, description: "percent" },
    },
    required: ["room", "on"],
  },
};

export const setFan: CommandTool = {
  type: "function",
  name: "set_fan",
  description: "Switches a fan",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom"] },
      power: { type: "string", enum: ["ON", "OFF"] },
    },
    required: ["room", "power"],
  },
};

export const openGarage: CommandTool = {
  type: "function",
  name: "openGarage",
  description: "Opens the garage door",
  parameters: { type: "object", properties: {} },
};

export const setLamp: CommandTool = {
  type: "function",
  name: "set_lamp",
  description: "Sets how bright a lamp is",
  parameters: {
    type: "object",
    properties: {
      lamp: { type: "string", enum: ["LivingRoomLamp", "desk_lamp"] },
      brightness: { type: "integer", minimum: 0, maximum: 100, description: "percent" },
    },
    required: ["lamp", "brightness"],
  },
};

const setTemperature: CommandTool = {
  type: "function",
  name: "set-temperature",
  description: "Sets the heating of a room",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["kitchen", "bedroom", "office"] },
      temperature: { type: "number", minimum: 5, maximum: 30, description: "degrees Celsius" },
    },
    required: ["temperature"],
  },
};

const frontDoor: CommandTool = {
  type: "function",
  name: "front_door",
  description: "Locks or unlocks the front door",
  parameters: {
    type: "object",
    properties: { locked: { type: "boolean" } },
    required: ["locked"],
  },
};

export const blinds: CommandTool = {
  type: "function",
  name: "move_blinds",
  description: "Opens, closes or stops the blinds of a room",
  parameters: {
    type: "object",
    properties: {
      room: { type: "string", enum: ["bedroom", "office"] },
      action: { type: "string", enum: ["open", "close", "stop"] },
    },
    required: ["room", "action"],
  },
};

export const homeTools: readonly CommandTool[] = [
  setLight,
  setFan,
  openGarage,
  setLamp,
  setTemperature,
  frontDoor,
  blinds,
];

import type { CommandTool } from "../../../lib/offline-voice/tool-schema";

/** The tools of a small home, as a French session declares them. */

export const lumiere: CommandTool = {
  type: "function",
  name: "regler_lumiere",
  description: "Allume, éteint ou règle la lumière d'une pièce",
  parameters: {
    type: "object",
    properties: {
      piece: {
        type: "string",
        enum: ["entrée", "cuisine", "salle à manger", "chambre_d_amis", "véranda", "l'étage"],
      },
      allumee: { type: "boolean", description: "true pour allumer" },
      luminosite: { type: "integer", minimum: 0, maximum: 100, description: "en pour cent" },
    },
    required: ["piece"],
    "x-sentences": [
      "lieu = (de [la|l'|le]|dans [la|l'|le]|à|du) {piece}",
      "allume[r] [la|les] lumière[s] <lieu> {allumee=true}",
      "(éteins|éteindre) [la|les] lumière[s] <lieu> {allumee=false}",
      "(règle|régler|mets) la lumière <lieu> (à|sur) {luminosite}",
    ],
  },
};

export const reveil: CommandTool = {
  type: "function",
  name: "reveil",
  description: "Règle le réveil",
  parameters: {
    type: "object",
    properties: { heure: { type: "string", format: "time" } },
    required: ["heure"],
    "x-sentences": ["(réveille moi|mets le réveil|règle le réveil) [à] {heure}"],
  },
};

export const minuteur: CommandTool = {
  type: "function",
  name: "minuteur",
  description: "Lance un minuteur",
  parameters: {
    type: "object",
    properties: { minutes: { type: "integer", minimum: 1, maximum: 600, description: "minutes" } },
    required: ["minutes"],
    "x-sentences": ["(lance|démarre|mets) (un|le) minuteur (de|pour) {minutes}"],
  },
};

export const volets: CommandTool = {
  type: "function",
  name: "volets",
  description: "Ouvre ou ferme les volets",
  parameters: {
    type: "object",
    properties: {
      piece: { type: "string", enum: ["salon", "chambre de Chloé", "bureau"] },
      ouverts: { type: "boolean" },
    },
    required: ["piece", "ouverts"],
  },
};

export const frenchTools: readonly CommandTool[] = [lumiere, reveil, minuteur, volets];

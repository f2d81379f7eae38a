// The model hub of every command: one place reads the environment.

import process from 'node:process';
import type { HubSettings } from '../src/index.ts';

/** HF_ENDPOINT and HF_TOKEN, where they are set; a line end behind a token is no part of it. */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const endpoint = env['HF_ENDPOINT']?.trim();
  const token = env['HF_TOKEN']?.trim();
  return { ...(endpoint && { endpoint }), ...(token && { token }) };
}

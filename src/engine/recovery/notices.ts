// How a question tells that its device was lost.

import type { AskEvent } from '../../api.ts';

export type NoticeEvent = Extract<AskEvent, { readonly type: 'notice' }>;

/** That a device was lost, and how long it took until the model was on another. */
export interface Revival {
  readonly reason: string;
  readonly elapsedMs: number;
}

/** The device was lost while the question was answered. */
export function lossNotice({ reason, elapsedMs }: Revival): NoticeEvent {
  const seconds = (elapsedMs / 1000).toFixed(1);
  return {
    type: 'notice',
    reason: 'device-lost',
    message: `The GPU stopped working (${reason}). The model was loaded again in ${seconds} s, and the question goes on.`,
    steps: [],
  };
}

/** It was lost before, and what the conversation holds has to be read again. */
export const restoreNotice: NoticeEvent = {
  type: 'notice',
  reason: 'device-lost',
  message: 'The GPU stopped working since the last question. What this chat is about is read again.',
  steps: [],
};

// What a visit begins with: the page as it was before a reload; otherwise, on a first visit, a sample that answers itself.

import { fetchSample, samples } from '../media/samples.ts';
import type { Session } from '../session.ts';
import type { Arrivals } from '../stage/arrivals.ts';
import type { OnStage } from '../stage/on-stage.ts';
import type { Talk } from '../talk/talk.ts';
import { firstSample } from './first-sample.ts';
import type { Visit } from './visit.ts';

export interface BeginHost {
  readonly session: Session;
  readonly stage: OnStage;
  readonly arrivals: Arrivals;
  readonly talk: Talk;
  readonly visit: Visit;
  /** Whether nothing is there that could be asked about. */
  isEmpty(): boolean;
}

/** `model` is the load of the model inside the page, whether it ends well or not. */
export async function beginVisit(host: BeginHost, model: Promise<void>): Promise<void> {
  const { session, stage, arrivals, talk, visit } = host;
  const before = await visit.read();
  // Whoever was faster than the browser's disk has chosen something else.
  if (!host.isEmpty()) return;
  if (before) {
    const sample = samples.find(({ name }) => name === before.sample) ?? null;
    stage.put(before.media, sample);
    talk.restore(before.turns);
    if (before.chat) session.restore(before.chat, before.media);
    return;
  }
  const sample = firstSample();
  if (!sample) return;
  // Until there is somebody to answer, a recorded answer shows what this is.
  const [files] = await Promise.all([fetchSample(sample), model]);
  if (host.isEmpty() && session.info) arrivals.askSample(files, sample);
}

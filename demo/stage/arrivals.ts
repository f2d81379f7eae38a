// What comes onto the stage: files that a visitor chose, annotations of a file, a sample with its first question.

import { importedTurn } from '../edit/imported-turn.ts';
import { hideError, showError, showProblem } from '../trouble/error-view.ts';
import { isAnnotationFile, openAnnotations } from '../export/open-file.ts';
import { chooseMedia, type Media } from '../media/media.ts';
import { isAnimated } from '../media/media-formats.ts';
import { setStatus } from '../page-state.ts';
import type { Sample } from '../media/samples.ts';
import type { Talk } from '../talk/talk.ts';
import type { Visit } from '../visit/visit.ts';
import { animatedPicture, clipOf } from './moving-picture.ts';
import type { OnStage } from './on-stage.ts';
import { mediaNote } from './show-media.ts';

export interface ArrivalsHost {
  readonly stage: OnStage;
  readonly talk: Talk;
  readonly visit: Visit;
  /** Files of the visitor are there, to be asked about. */
  onReady(): void;
  /** A sample is there, and this is asked about it. */
  onQuestion(question: string): void;
}

export class Arrivals {
  readonly #host: ArrivalsHost;

  constructor(host: ArrivalsHost) {
    this.#host = host;
  }

  /** Puts files on the stage, or says why they cannot be asked about. */
  async chooseFiles(files: readonly File[]): Promise<void> {
    const { stage, visit } = this.#host;
    const [only] = files;
    if (only && files.length === 1 && (await isAnnotationFile(only)))
      return this.openFile(only).catch(showError);
    const isMeant = stage.choose();
    // What was there before is gone, also where the new files are refused.
    stage.clear();
    visit.keepMedia(null, null);
    const chosen = await chooseMedia(files);
    if (!isMeant()) return;
    if ('problem' in chosen) return showProblem(chosen.problem);
    const media = await this.#asClip(chosen.media, isMeant);
    if (!isMeant()) return;
    this.#put(media, null);
    if (media !== chosen.media) mediaNote(`“${media.name}” moves: it is a video here, played once through.`);
    else void this.#tellOfAnimation(media);
    this.#host.onReady();
  }

  /** The same media, or the clip that is made of a picture that moves; where none can be made it stays a picture. */
  async #asClip(media: Media, isMeant: () => boolean): Promise<Media> {
    const file = await animatedPicture(media);
    if (!file) return media;
    const stop = new AbortController();
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) => {
      if (isMeant()) setStatus(`“${file.name}” moves: frame ${done} of ${total} is ready`);
      else stop.abort();
    };
    return clipOf(file, { signal: stop.signal, onProgress }).catch(() => media);
  }

  /** Shows annotations of a file over what is on the stage, or over the media that it brings along. */
  async openFile(file: File): Promise<void> {
    const { stage, talk, visit } = this.#host;
    hideError();
    const opened = await openAnnotations(file, stage.media, talk.shown?.info ?? null, stage.shown);
    if (opened.media) this.#put(opened.media, null);
    const about = stage.media;
    if (about) talk.add((id) => importedTurn(id, file.name, opened.document, about));
    void visit.keepTalk(talk.turns);
  }

  /** Puts a sample on the stage and asks its first question. */
  askSample(files: readonly File[], sample: Sample): void {
    const media: Media = {
      kind: /\.(mp4|webm)$/.test(files[0]?.name ?? '') ? 'video' : 'images',
      files,
      name: sample.name,
    };
    this.#put(media, sample);
    const [first] = sample.questions;
    if (!first) return;
    this.#host.onQuestion(first.question);
    this.#host.talk.ask({ prompt: first.question, media, keep: false, limits: {} }, {});
  }

  #put(media: Media, sample: Sample | null): void {
    this.#host.stage.put(media, sample);
    this.#host.visit.keepMedia(media, sample);
  }

  /** A picture that moves and is no clip is one picture for the model: its first. */
  async #tellOfAnimation(media: Media): Promise<void> {
    if (media.kind !== 'images') return;
    const moving = await Promise.all(media.files.map(isAnimated));
    const name = media.files[moving.indexOf(true)]?.name;
    if (name !== undefined && this.#host.stage.media === media)
      mediaNote(
        `“${name}” moves, and the model sees its first frame alone. Save it as MP4 or WebM to ask about all of it.`,
      );
  }
}

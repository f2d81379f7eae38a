// Correct, save and open: the tools below an answer, and the overlay's hands. Changes go into the turn's history, and the overlay
// shows what the history says.

import {
  type AnnotationDocument,
  type AnnotationEdit,
  type AnnotationHistory,
  type AnnotationObject,
  answerOf,
  type Place,
  redo,
  undo,
  withEdit,
} from '../../src/annotations/annotations.ts';
import type { ClickDetail } from '../../src/overlay/molmo-overlay.ts';
import { byId, make } from '../dom.ts';
import { ExportMenu, type Savable } from '../export/export-menu.ts';
import type { Saved } from '../export/save-as.ts';
import { clockTime } from '../format.ts';
import type { Media } from '../media/media.ts';
import type { Part } from '../player/timeline.ts';
import type { Question } from '../session.ts';
import type { Shown } from '../stage/show-media.ts';
import type { Turn } from '../talk/turn.ts';
import { historyOfTurn, keepHistory } from './drafts.ts';
import { chosenIds, showObjects } from './object-rows.ts';
import { documentEdit, overlayKey } from './overlay-edit.ts';
import { nearestSample, placeQuestion } from './place-question.ts';

export interface WorkbenchHost {
  media(): Media | null;
  shown(): Shown;
  /** The moment of the video that is presented. */
  momentSec(): number;
  /** The part of the video that is chosen on the time line. */
  part(): Part;
  /** The turn that is shown alone. */
  turn(): Turn | null;
  /** What is compared, where several turns are shown; it is saved and not changed. */
  compared(): AnnotationDocument | null;
  /** Asks, and answers the new turn. */
  ask(question: Question): Turn;
  showTurn(turn: Turn): void;
  /** What is marked has changed. */
  onChanged(): void;
  onSaved(saved: Saved): void;
  onOpen(file: File): void;
  onError(error: unknown): void;
}

/** A track that the model was asked to follow, for an object of another turn. */
interface Following {
  readonly turn: Turn;
  readonly id: number;
}

export class Workbench {
  readonly #host: WorkbenchHost;
  readonly #menu: ExportMenu;
  readonly #box = byId('annotations', HTMLElement);
  readonly #place = make('p', { className: 'place-tools', hidden: true });
  readonly #panel = make('div', { className: 'edit-panel', hidden: true });
  readonly #list = make('ul', { className: 'object-list' });
  readonly #correct = make('button', { type: 'button', className: 'button quiet', textContent: 'Correct' });
  readonly #undo = make('button', { type: 'button', className: 'button quiet', textContent: 'Undo' });
  readonly #redo = make('button', { type: 'button', className: 'button quiet', textContent: 'Redo' });
  readonly #merge = make('button', {
    type: 'button',
    className: 'button quiet',
    textContent: 'Merge chosen',
  });
  readonly #followings = new Map<Turn, Following>();
  #isEditing = false;

  constructor(host: WorkbenchHost) {
    this.#host = host;
    this.#menu = new ExportMenu({
      savable: () => this.savable,
      onSaved: (saved) => host.onSaved(saved),
      onError: (error) => host.onError(error),
    });
    this.#build();
    this.#listen();
  }

  #build(): void {
    const open = make('button', {
      type: 'button',
      className: 'button quiet',
      textContent: 'Open annotations',
    });
    const file = make('input', { type: 'file', hidden: true, accept: '.json,.csv,.vtt,.svg,.txt,.html' });
    file.id = 'annotation-file';
    open.addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? [];
      file.value = '';
      if (chosen) this.#host.onOpen(chosen);
    });
    this.#merge.addEventListener('click', () => {
      const ids = chosenIds(this.#list);
      if (ids.length > 1) this.#edit({ type: 'merge', ids });
    });
    const hint = make('p', { className: 'edit-hint' });
    hint.textContent = 'Drag dots. A double click adds one. Delete takes the selected one away.';
    this.#list.setAttribute('aria-label', 'Objects');
    this.#panel.append(hint, this.#list, this.#merge);
    const tools = make('div', { className: 'edit-tools' }, this.#correct, this.#undo, this.#redo, open, file);
    this.#box.replaceChildren(this.#place, tools, this.#panel, this.#menu.element);
    this.#correct.addEventListener('click', () => {
      this.#isEditing = !this.#isEditing;
      this.#refresh();
    });
    this.#undo.addEventListener('click', () => this.#step(undo));
    this.#redo.addEventListener('click', () => this.#step(redo));
  }

  #listen(): void {
    const stage = byId('media', HTMLElement);
    stage.addEventListener('molmo-edit', (event) => {
      // The history decides what is shown.
      event.preventDefault();
      const history = historyOfTurn(this.#host.turn());
      const edit = history && documentEdit(history.document, event.detail.edit);
      if (edit) this.#edit(edit);
    });
    stage.addEventListener('molmo-click', ({ detail }) => this.#showPlace(detail.mark ? null : detail));
    document.addEventListener('keydown', (event) => {
      const isTyping =
        event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (isTyping || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      this.#step(key === 'y' || event.shiftKey ? redo : undo);
    });
  }

  /** The turn that is shown, as it is seen; null where it has nothing to save. */
  get savable(): Savable | null {
    const [media, history] = [this.#host.media(), historyOfTurn(this.#host.turn())];
    const document = this.#host.compared() ?? (history && this.#seen(history));
    if (!media || !document) return null;
    return {
      document,
      media,
      shown: this.#host.shown(),
      momentSec: this.#host.momentSec(),
      part: this.#host.part(),
    };
  }

  /** Another turn is shown, or its answer is whole now. Answers whether it was corrected, and draws that. */
  show(turn: Turn | null): void {
    this.#showPlace(null);
    const history = historyOfTurn(turn);
    const isCompared = this.#host.compared() !== null;
    this.#box.hidden = history === null && !isCompared;
    this.#correct.hidden = isCompared;
    const media = this.#host.media();
    if (media) this.#menu.show(media);
    if (history && turn?.draft) this.#draw(history);
    this.#refresh();
  }

  /** The answer of a turn has ended: where it was to follow an object, the object takes its track. */
  ended(turn: Turn): void {
    const following = this.#followings.get(turn);
    this.#followings.delete(turn);
    const [track] = turn.answer?.tracks ?? [];
    const history = historyOfTurn(following?.turn ?? null);
    if (!following || !track || !history) return;
    if (!history.document.objects.some(({ id }) => id === following.id)) return;
    keepHistory(
      following.turn,
      withEdit(history, { type: 'follow', id: following.id, points: track.points }),
    );
    this.#host.showTurn(following.turn);
    this.#host.onChanged();
  }

  #step(step: (history: AnnotationHistory) => AnnotationHistory): void {
    const turn = this.#host.turn();
    const history = historyOfTurn(turn);
    if (turn && history) this.#take(turn, step(history));
  }

  #edit(edit: AnnotationEdit): void {
    const turn = this.#host.turn();
    const history = historyOfTurn(turn);
    if (!turn || !history) return;
    try {
      this.#take(turn, withEdit(history, edit));
    } catch (error) {
      this.#host.onError(error);
    }
  }

  #take(turn: Turn, history: AnnotationHistory): void {
    keepHistory(turn, history);
    this.#draw(history);
    this.#refresh();
    this.#host.onChanged();
  }

  /** The document without what the overlay hides: a file shows what the page shows. */
  #seen({ document }: AnnotationHistory): AnnotationDocument {
    const marked = this.#host.shown().overlays[0]?.objects ?? [];
    const hidden = new Set(marked.filter(({ visible }) => !visible).map(({ key }) => key));
    if (hidden.size === 0) return document;
    const objects = document.objects.map((object) =>
      hidden.has(overlayKey(object)) ? { ...object, visible: false } : object,
    );
    return { ...document, objects };
  }

  #draw({ document: { objects } }: AnnotationHistory): void {
    for (const overlay of this.#host.shown().overlays) overlay.answer = answerOf({ objects });
  }

  #refresh(): void {
    const history = historyOfTurn(this.#host.turn());
    const isEditing = this.#isEditing && history !== null;
    const { overlays, video } = this.#host.shown();
    for (const overlay of overlays) overlay.editable = isEditing;
    this.#correct.setAttribute('aria-pressed', String(isEditing));
    this.#panel.hidden = !isEditing;
    if (isEditing) this.#place.hidden = true;
    this.#undo.disabled = (history?.done.length ?? 0) === 0;
    this.#redo.disabled = (history?.undone.length ?? 0) === 0;
    const canUndo = history !== null && history.done.length + history.undone.length > 0;
    this.#undo.hidden = this.#redo.hidden = !isEditing && !canUndo;
    if (!isEditing) return;
    this.#merge.hidden = history.document.objects.length < 2;
    showObjects(this.#list, history.document.objects, {
      onEdit: (edit) => this.#edit(edit),
      onSplit: (object) => this.#split(object),
      onFollow: video ? (object) => this.#follow(object) : null,
      colorOf: (id) => overlays[0]?.colorOf(id) ?? '',
    });
  }

  /** At the moment that is shown, or behind the first point where that would leave nothing on one side. */
  #split({ id, points }: AnnotationObject): void {
    const nowSec = this.#host.shown().video?.currentTime ?? 0;
    const at = points.findIndex(({ timeSec = 0 }) => timeSec > nowSec + 1e-3);
    this.#edit({ type: 'split', id, index: at > 0 ? at : Math.max(1, points.length - 1) });
  }

  #follow({ id, label, points }: AnnotationObject): void {
    const turn = this.#host.turn();
    const nowSec = this.#host.shown().video?.currentTime ?? 0;
    const from = points.findLast(({ timeSec = 0 }) => timeSec <= nowSec + 1e-3) ?? points[0];
    if (turn && from) this.#followings.set(this.#askToFollow(turn, label, from), { turn, id });
  }

  #askToFollow({ question, info }: Turn, label: string, { x, y, timeSec = 0 }: Place): Turn {
    const { media, limits } = question;
    const point = { timeSec: nearestSample(timeSec, info?.timestamps ?? []), x, y };
    return this.#host.ask({ prompt: label || 'object', media, keep: false, limits, point });
  }

  /** What may be asked about a place that was clicked. */
  #showPlace(click: ClickDetail | null): void {
    const turn = this.#host.turn();
    this.#place.hidden = click === null || !turn?.info || this.#isEditing;
    if (!click || !turn?.info || this.#isEditing) return;
    const { info, question } = turn;
    const when = click.timeSec === null ? '' : ` at ${clockTime(click.timeSec)}`;
    const what = make('button', { type: 'button', className: 'button quiet', textContent: 'What is this?' });
    what.addEventListener('click', () => {
      const { media, limits } = question;
      this.#host.ask({ prompt: placeQuestion(click, info), media, keep: question.keep, limits });
    });
    this.#place.replaceChildren(`${Math.round(click.x)}, ${Math.round(click.y)}${when} `, what);
    if (click.timeSec === null) return;
    const follow = make('button', { type: 'button', className: 'button quiet', textContent: 'Follow this' });
    follow.addEventListener('click', () =>
      this.#askToFollow(turn, 'object', { x: click.x, y: click.y, timeSec: click.timeSec ?? 0 }),
    );
    this.#place.append(' ', follow);
  }
}

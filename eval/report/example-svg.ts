// A picture with its marks as inline SVG: rings, outlines and boxes are the reference, dots are the answer. The picture is not
// decoded; marks lie over it in pixels of the original. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import type { Place, Size } from '../metrics/point-match.ts';
import type { DrawnMark } from './marks.ts';
import { maskOutline } from './mask-outline.ts';
import type { ShownPicture } from './pictures.ts';
import { plural } from './words.ts';

/** Colours of tracks by their number, readable under white. */
const wayColors = ['#d01667', '#0a62c4', '#a34a00', '#08705a', '#6d2bd9', '#3f4a5a'];

const colorOf = (number: number | undefined): string =>
  wayColors[((number ?? 1) - 1) % wayColors.length] ?? '#d01667';

/** One decimal at most. */
const at = (value: number): string => String(Math.round(value * 10) / 10);

function circle({ x, y }: Place, r: number, rest: string): string {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="${at(r)}" ${rest}/>`;
}

/** Light under dark, so that it is seen on any ground. */
function twice(shape: (rest: string) => string, css: string): string {
  return shape(`class="halo ${css}"`) + shape(`class="${css}"`);
}

/** What marks are drawn on; beside others a picture is shown smaller, and its marks must still be seen. */
interface Frame extends Size {
  readonly isAlone: boolean;
}

const dotRadius = ({ width, height, isAlone }: Frame): number =>
  (isAlone ? 0.025 : 0.04) * Math.min(width, height);

type Reference = Extract<DrawnMark, { readonly what: 'reference' }>;
type Answered = Extract<DrawnMark, { readonly what: 'answer' }>;
type Way = Extract<DrawnMark, { readonly what: 'way' }>;

function reference({ x, y, mask, box, isFound }: Reference, frame: Frame): string {
  const { width, height } = frame;
  const css = isFound === false ? 'right missed' : 'right';
  const outline = mask ? maskOutline(mask) : null;
  if (outline) {
    const scale = `scale(${width / outline.width} ${height / outline.height})`;
    return twice((rest) => `<path d="${outline.path}" transform="${scale}" ${rest}/>`, css);
  }
  if (box) {
    const place = `x="${at(box.x)}" y="${at(box.y)}" width="${at(box.width)}" height="${at(box.height)}"`;
    return twice((rest) => `<rect ${place} ${rest}/>`, css);
  }
  return twice((rest) => circle({ x, y }, 2 * dotRadius(frame), rest), css);
}

function answered({ x, y, isHit, number }: Answered, frame: Frame): string {
  const r = dotRadius(frame);
  const disc =
    circle({ x, y }, r * 1.45, 'fill="#000" fill-opacity="0.5"') +
    circle({ x, y }, r * 1.25, 'fill="#fff"') +
    circle({ x, y }, r, `fill="${colorOf(number)}"`);
  if (isHit !== false) return disc;
  // What is wrong is told by more than a colour.
  const s = r * 0.6;
  return `${disc}<path class="cross" d="M${at(x - s)} ${at(y - s)}L${at(x + s)} ${at(y + s)}M${at(x - s)} ${at(y + s)}L${at(x + s)} ${at(y - s)}"/>`;
}

function way({ of, points, number }: Way): string {
  if (points.length < 2) return '';
  const line = points.map(({ x, y }) => `${at(x)},${at(y)}`).join(' ');
  const shape = (rest: string) => `<polyline points="${line}" ${rest}/>`;
  if (of === 'reference') return twice(shape, 'right way');
  return shape('class="halo told"') + shape(`class="told" stroke="${colorOf(number)}"`);
}

function drawn(mark: DrawnMark, frame: Frame): string {
  switch (mark.what) {
    case 'reference':
      return reference(mark, frame);
    case 'answer':
      return answered(mark, frame);
    case 'way':
      return way(mark);
  }
}

/** What is underneath comes first: ways, then references, then the answer. */
const order = { way: 0, reference: 1, answer: 2 } as const;

function placeText({ place }: ShownPicture): string {
  return place.kind === 'image' ? `Picture ${place.image}` : `${place.timeSec.toFixed(1)} s`;
}

/** What is to be seen, in words. */
function reading(picture: ShownPicture): string {
  const { marks } = picture;
  const right = marks.filter(({ what }) => what === 'reference');
  const told = marks.filter(({ what }) => what === 'answer');
  const missed = marks.filter((mark) => mark.what === 'reference' && mark.isFound === false);
  const wrong = marks.filter((mark) => mark.what === 'answer' && mark.isHit === false);
  const parts = [
    placeText(picture),
    `${plural(right.length, 'reference')}${missed.length > 0 ? `, ${missed.length} missed` : ''}`,
    `${plural(told.length, 'mark')} of the answer${wrong.length > 0 ? `, ${wrong.length} wrong` : ''}`,
  ];
  return parts.join('; ');
}

/** A picture with marks and its caption; `isAlone` leaves out the number of an only picture. */
export function pictureFigure(picture: ShownPicture, isAlone: boolean): string {
  const { width, height, url, marks, place } = picture;
  const over = marks
    .toSorted((a, b) => order[a.what] - order[b.what])
    .map((mark) => drawn(mark, { width, height, isAlone }))
    .join('');
  const image =
    url === null
      ? '<rect class="nothing" width="100%" height="100%"/>'
      : `<image href="${escapeHtml(url)}" width="${width}" height="${height}" preserveAspectRatio="none"/>`;
  const caption =
    isAlone && place.kind === 'image' ? '' : `<figcaption>${escapeHtml(placeText(picture))}</figcaption>`;
  const label = escapeHtml(reading(picture));
  return `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${image}${over}</svg>${caption}</figure>`;
}

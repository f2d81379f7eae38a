// What a group of coordinates begins with: seconds of a video, or the number of a picture.

/** `0.5`, `63`, `0,5`, and the same with a unit: `0.5s`, `63 sec` written together. */
const plain = /^(\d+|\d*[.,]\d+|\d+[.,])(?:s|sec)?$/i;
/** `1:23.5` and `01:02:03`: seconds have two digits, or `1:5` could mean either. */
const clock = /^(?:(\d+):)?(\d+):(\d\d)(?:[.,](\d+))?$/;

/** The number that a key means, NaN where that is not certain: a wrong time would be worse than none. */
export function groupKey(word: string): number {
  const text = word.replace(/[:,]$/, '');
  const number = plain.exec(text)?.[1];
  if (number !== undefined) return Number(number.replace(',', '.'));
  const [, hours, minutes = '', seconds = '', fraction = '0'] = clock.exec(text) ?? [];
  if (minutes === '' || Number(seconds) >= 60 || (hours !== undefined && Number(minutes) >= 60)) return NaN;
  const whole = (Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds);
  return Number(`${whole}.${fraction}`);
}

// Codec strings for a decoder that refuses the level a file states. Recorders write level 0 for "unknown", and a level is
// a promise about speed, not about how frames are coded.

/** Levels that players know, low to high, as each codec spells them. */
const levels: Record<string, readonly string[]> = {
  vp09: ['10', '31', '41', '51', '62'],
  av01: ['05', '08', '09', '13', '19'],
  avc: ['1E', '28', '33', '3E'],
  hevc: ['93', '120', '153', '186'],
};

/** The same codec string with other levels; none for codecs without a level. */
export function neighbourLevels(codec: string): string[] {
  const parts = codec.split('.');
  const [name = '', second = ''] = parts;
  const withPart = (index: number, text: string) =>
    parts.map((part, i) => (i === index ? text : part)).join('.');
  if (name === 'vp09') return (levels['vp09'] ?? []).map((level) => withPart(2, level));
  if (name === 'av01')
    return (levels['av01'] ?? []).map((level) => withPart(2, `${level}${parts[2]?.at(-1) ?? 'M'}`));
  if (/^avc[13]$/.test(name))
    return (levels['avc'] ?? []).map((level) => `${name}.${second.slice(0, 4)}${level}`);
  if (/^(hvc1|hev1)$/.test(name))
    return (levels['hevc'] ?? []).map((level) => withPart(3, `${parts[3]?.[0] ?? 'L'}${level}`));
  return [];
}

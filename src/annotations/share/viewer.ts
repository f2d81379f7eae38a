// What runs in a share file that is opened by itself: its media, with dots that follow. The text of this one function is written into
// the file, so that it uses nothing from outside of itself.

/** What the function needs of the data in the file. */
interface SharedData {
  readonly annotations: {
    readonly media: { readonly kind: string; readonly files: readonly { width: number; height: number }[] };
    readonly objects: readonly {
      readonly id: number;
      readonly label: string;
      readonly kind: string;
      readonly visible: boolean;
      readonly points: readonly { x: number; y: number; image?: number; timeSec?: number }[];
    }[];
  };
  readonly colors: readonly string[];
  readonly holdSec: number;
  readonly files: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: readonly string[];
  }[];
}

/** Shows the data of the script element `id` in the page around it. */
export function viewShared(id: string): void {
  const data = JSON.parse(document.getElementById(id)?.textContent ?? '') as SharedData;
  const { media, objects } = data.annotations;
  const isVideo = media.kind === 'video';
  const main = document.querySelector('main') ?? document.body;
  const svgName = 'http://www.w3.org/2000/svg';
  const bytesOf = (text: string) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const times = [...new Set(objects.flatMap(({ points }) => points.map(({ timeSec = 0 }) => timeSec)))].sort(
    (a, b) => a - b,
  );
  const placesAt = (object: (typeof objects)[number], timeSec: number) => {
    const { points } = object;
    if (object.kind !== 'track')
      return points.filter((point) => {
        const from = point.timeSec ?? 0;
        return timeSec >= from - 0.017 && timeSec < (times.find((time) => time > from) ?? from + 0.5) - 0.017;
      });
    const next = points.findIndex((point) => (point.timeSec ?? 0) > timeSec);
    const [before, after] = [next < 0 ? points.at(-1) : points[next - 1], points[next]];
    if (!before) return [];
    const from = before.timeSec ?? 0;
    if (!after) return timeSec <= from + data.holdSec ? [before] : [];
    const share = (timeSec - from) / ((after.timeSec ?? 0) - from);
    return [{ x: before.x + (after.x - before.x) * share, y: before.y + (after.y - before.y) * share }];
  };
  data.files.forEach((file, i) => {
    const { width = 1, height = 1 } = media.files[i] ?? {};
    const shown = document.createElement(isVideo ? 'video' : 'img');
    shown.src = URL.createObjectURL(new Blob(file.data.map(bytesOf), { type: file.type }));
    const svg = document.createElementNS(svgName, 'svg');
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const radius = Math.max(5, Math.max(width, height) / 80);
    const draw = (timeSec: number) => {
      const dots = objects.flatMap((object) => {
        if (!object.visible) return [];
        const places = isVideo
          ? placesAt(object, timeSec)
          : object.points.filter(({ image = 1 }) => image === i + 1);
        return places.map(({ x, y }) => {
          const dot = document.createElementNS(svgName, 'circle');
          const title = document.createElementNS(svgName, 'title');
          title.textContent = `${object.label || 'object'} ${object.id}`;
          const look = { cx: x, cy: y, r: radius, 'stroke-width': radius / 3.5, stroke: '#fff' };
          for (const [name, value] of Object.entries(look)) dot.setAttribute(name, String(value));
          dot.setAttribute('fill', data.colors[objects.indexOf(object)] ?? '#d01667');
          dot.append(title);
          return dot;
        });
      });
      svg.replaceChildren(...dots);
    };
    draw(0);
    if (shown instanceof HTMLVideoElement) {
      shown.controls = shown.muted = shown.loop = shown.playsInline = true;
      const follow = () => {
        draw(shown.currentTime);
        requestAnimationFrame(follow);
      };
      follow();
    } else shown.alt = file.name;
    const figure = document.createElement('figure');
    figure.append(shown, svg);
    main.append(figure);
  });
}

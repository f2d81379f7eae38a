// Bytes of the objects in a heap snapshot of the browser: of everything but the machine code that it makes of what runs often, which
// grows for thousands of steps and then stays, and the records of requests that it keeps for whoever drives it.

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

// What the driver's own debugger and the page's list of requests keep of every request, the latter up to 250 of them.
const recordsOfRequests =
  /^(blink::NetworkResourcesData|PerformanceResourceTiming|blink::\w+Backing<.*\bPerformance)/;

/** `text` is the JSON of `HeapProfiler.takeHeapSnapshot`, its chunks joined. */
export function objectBytes(text: string): number {
  const { snapshot, nodes, strings } = JSON.parse(text) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const records = new Set(strings.flatMap((one, i) => (recordsOfRequests.test(one) ? [i] : [])));
  const code = types[0].indexOf('code');
  let bytes = 0;
  for (let i = 0; i < nodes.length; i += fields.length)
    if (nodes[i + type] !== code && !records.has(nodes[i + name] ?? -1)) bytes += nodes[i + size] ?? 0;
  return bytes;
}

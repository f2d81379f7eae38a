// Prints the name of the adapter that Dawn finds; exit status 0 only when it is a GPU.

import process from 'node:process';
import { create } from 'webgpu';

const gpu = create([]);
process.on('exit', () => gpu); // it must outlive the adapter, or the process crashes
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
const device = await adapter?.requestDevice();
if (!adapter || !device) process.exit(1);
const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
const name = description || `${vendor} ${architecture}`;
process.stdout.write(`${name}\n`);
process.exit(isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(name) ? 1 : 0);

// Opens a camera or a shared screen. No sound is asked for: the model hears nothing.

import { captureFault, type CaptureKind, captureProblem } from './capture-problem.ts';
import type { ErrorText } from '../trouble/error-help.ts';

export interface Capture {
  readonly kind: CaptureKind;
  readonly stream: MediaStream;
  /** The browser's name of the camera, or of what is shared. */
  readonly name: string;
}

/** More would be made smaller again before the model sees it. */
const size = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** Which camera: one by its id, or of a phone the one that looks away from its holder. */
function cameraOf(deviceId: string | null): MediaTrackConstraints {
  return deviceId === null
    ? { ...size, facingMode: { ideal: 'environment' } }
    : { ...size, deviceId: { exact: deviceId } };
}

/** Opens it, or says in words for the page why not. */
export async function openCapture(
  kind: CaptureKind,
  deviceId: string | null = null,
): Promise<Capture | ErrorText> {
  if (!isSecureContext) return captureProblem(kind, 'insecure');
  // In spite of its type it is absent where a browser has nothing of the kind.
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  const isOffered = kind === 'camera' ? devices?.getUserMedia : devices?.getDisplayMedia;
  if (!devices || !isOffered) return captureProblem(kind, 'unsupported');
  try {
    const stream =
      kind === 'camera'
        ? await devices.getUserMedia({ video: cameraOf(deviceId), audio: false })
        : await devices.getDisplayMedia({ video: true, audio: false });
    return { kind, stream, name: stream.getVideoTracks()[0]?.label ?? '' };
  } catch (error) {
    return captureProblem(kind, captureFault(error), error);
  }
}

export function closeCapture({ stream }: Capture): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The id of the camera after the one of this stream; null where there is no other. */
export async function nextCamera({ stream }: Capture): Promise<string | null> {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(
    ({ kind }) => kind === 'videoinput',
  );
  const now = stream.getVideoTracks()[0]?.getSettings().deviceId;
  const at = cameras.findIndex(({ deviceId }) => deviceId === now);
  return cameras.length < 2 ? null : (cameras[(at + 1) % cameras.length]?.deviceId ?? null);
}

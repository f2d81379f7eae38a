// Teaches JSX the element that 'molmo2-webgpu/overlay' defines.

import type { MolmoOverlayAttributes } from 'molmo2-webgpu/overlay';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'molmo-overlay': MolmoOverlayAttributes;
    }
  }
}

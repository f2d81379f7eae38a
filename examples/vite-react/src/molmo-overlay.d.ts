// Teaches JSX the element that 'molmo2-webgpu/overlay' defines.

import type { MolmoOverlay } from 'molmo2-webgpu/overlay';
import type { DetailedHTMLProps, HTMLAttributes } from 'react';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'molmo-overlay': DetailedHTMLProps<HTMLAttributes<MolmoOverlay>, MolmoOverlay>;
    }
  }
}

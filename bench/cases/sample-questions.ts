// Written by `npm run update:shapes`: what the benchmark asks about the demo's samples, and what PyTorch answers.

export const samplePicture = {
  file: new URL('../../demo/public/samples/image-5-640x480.png', import.meta.url),
  question: 'Locate the blue crosses in the image.',
  answer: '<points coords="1 1 870 532">blue cross</points>',
};

export const sampleClip = {
  file: new URL('../../demo/public/samples/clip-4-640x360.mp4', import.meta.url),
  question: 'Follow the purple square through the video.',
  answer:
    '<tracks coords="0.0 1 781 608;0.5 1 675 608;1.0 1 596 600;1.5 1 508 600;2.0 1 408 600;2.5 1 304 601;3.0 1 240 600">purple square</tracks>',
};

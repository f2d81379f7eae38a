// Vectors of a tile in workgroup memory as halves: half the memory, and half of what is read from it. Everything that is
// computed with them is f32.
alias stored = vec4h;

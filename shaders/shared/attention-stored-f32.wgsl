// Vectors of a tile in workgroup memory as floats.
alias stored = vec4f;

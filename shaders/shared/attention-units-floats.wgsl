// Keys and values for tiles of floats: what is loaded at once is a vec4, in any format and for heads of any size.
// joined with: shared/kv-<format>.wgsl, shared/attention-products.wgsl

alias unit = vec4f;
alias tileVector = vec4f;
const unitVectors = 1u;

fn keyUnit(slot: u32, head: u32, i: u32) -> unit { return keyVector(slot, head, i); }
fn valueUnit(slot: u32, head: u32, i: u32) -> unit { return valueVector(slot, head, i); }
fn lower(value: unit) -> tileVector { return value; }
fn upper(value: unit) -> tileVector { return value; }
fn floats(value: tileVector) -> vec4f { return value; }
fn valueFloat(key: u32, column: u32, i: u32) -> f32 { return valueVectors[key][column][i]; }

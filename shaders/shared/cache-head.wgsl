// What a kernel stores into the cache at once: a vec4 of a head's key and of its value, by an invocation each.

struct CacheHead {
  slot: u32,
  head: u32,
  column: u32,   // vec4 of the head
  used: bool,    // whether this invocation has anything to store
  stores: bool,  // whether it does so, or only asks what readers will see
}

// What readers of the cache see: unscaled vectors, and the scales of the key and of the value.
struct CachedColumn {
  key: vec4f,
  value: vec4f,
  scale: vec2f,
}

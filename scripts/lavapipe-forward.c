// A Vulkan driver for Chromium that hands every call to lavapipe, the library in the folder above its own, and only answers
// for itself who it is: Chromium takes a processor's driver for WebGPU when it reports SwiftShader's ids and no other.
// No Vulkan headers are needed: of VkPhysicalDeviceProperties this file touches two numbers.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef void (*function)(void);
typedef function (*lookup)(void *instance, const char *name);
typedef void (*get_properties)(void *physical_device, void *properties);

enum { error_incompatible_driver = -9 };

// VkPhysicalDeviceProperties begins with apiVersion, driverVersion, vendorID, deviceID; each has four bytes.
enum { vendor_word = 2, device_word = 3 };
enum { swiftshader_vendor = 0x1AE0, swiftshader_device = 0xC0DE };

// VkPhysicalDeviceProperties2 has sType and pNext, 16 bytes with their padding, before the properties.
enum { properties2_words = 4 };

static get_properties lavapipe_properties, lavapipe_properties2;

static void *lavapipe(void) {
  static void *library;
  if (library) return library;
  Dl_info self;
  if (!dladdr((void *)lavapipe, &self)) return NULL;
  const char *slash = strrchr(self.dli_fname, '/');
  char path[PATH_MAX];
  const int length = snprintf(path, sizeof path, "%.*s../libvulkan_lvp.so",
                              slash ? (int)(slash - self.dli_fname + 1) : 0, self.dli_fname);
  if (length < 0 || (size_t)length >= sizeof path) return NULL;
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) fprintf(stderr, "lavapipe-forward: %s\n", dlerror());
  return library;
}

static function symbol(const char *name) {
  void *library = lavapipe();
  return library ? (function)dlsym(library, name) : NULL;
}

static void pose_as_swiftshader(uint32_t *properties) {
  properties[vendor_word] = swiftshader_vendor;
  properties[device_word] = swiftshader_device;
}

static void properties(void *physical_device, void *out) {
  lavapipe_properties(physical_device, out);
  pose_as_swiftshader(out);
}

static void properties2(void *physical_device, void *out) {
  lavapipe_properties2(physical_device, out);
  pose_as_swiftshader((uint32_t *)out + properties2_words);
}

static function replaced(const char *name, function own) {
  if (!own) return NULL;
  if (strcmp(name, "vkGetPhysicalDeviceProperties") == 0) {
    lavapipe_properties = (get_properties)own;
    return (function)properties;
  }
  if (strcmp(name, "vkGetPhysicalDeviceProperties2") == 0 ||
      strcmp(name, "vkGetPhysicalDeviceProperties2KHR") == 0) {
    lavapipe_properties2 = (get_properties)own;
    return (function)properties2;
  }
  return own;
}

static function ask(const char *entry, void *instance, const char *name) {
  const lookup look = (lookup)symbol(entry);
  return look ? replaced(name, look(instance, name)) : NULL;
}

EXPORTED function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
  return ask("vk_icdGetInstanceProcAddr", instance, name);
}

EXPORTED function vk_icdGetPhysicalDeviceProcAddr(void *instance, const char *name) {
  return ask("vk_icdGetPhysicalDeviceProcAddr", instance, name);
}

EXPORTED int32_t vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  int32_t (*const negotiate)(uint32_t *) =
      (int32_t (*)(uint32_t *))symbol("vk_icdNegotiateLoaderICDInterfaceVersion");
  return negotiate ? negotiate(version) : error_incompatible_driver;
}

// Chromium opens this library itself, without a Vulkan loader, and starts at this name.
EXPORTED function vkGetInstanceProcAddr(void *instance, const char *name) {
  if (strcmp(name, "vkGetInstanceProcAddr") == 0) return (function)vkGetInstanceProcAddr;
  return vk_icdGetInstanceProcAddr(instance, name);
}

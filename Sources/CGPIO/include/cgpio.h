#ifndef WATTSEAL_CGPIO_H
#define WATTSEAL_CGPIO_H

#include <stdint.h>

/// A thin layer over libgpiod: cgpio-1.c over version 1.6, cgpio-2.c over version 2; the header that the build finds decides. What both
/// have alike is in cgpio-chip.c.
/// Every call answers a value ≥ 0, or -errno taken directly after the failing call. It has no logic: a chip, and a line, is
/// used by one owner.

struct wattseal_gpio_chip;
struct wattseal_gpio_line;

enum {
    WATTSEAL_GPIO_ACTIVE_LOW = 1 << 0,
    WATTSEAL_GPIO_PULL_UP = 1 << 1,
    WATTSEAL_GPIO_PULL_DOWN = 1 << 2,
    WATTSEAL_GPIO_BIAS_OFF = 1 << 3,
    WATTSEAL_GPIO_OPEN_DRAIN = 1 << 4,
    WATTSEAL_GPIO_OPEN_SOURCE = 1 << 5,
    /// An input whose edges the kernel keeps, both ways.
    WATTSEAL_GPIO_EDGES = 1 << 6,
};

/// An edge that the kernel saw.
struct wattseal_gpio_edge {
    /// Of the monotonic clock, in nanoseconds.
    int64_t at;
    /// 1 where the line became active, 0 where it became inactive.
    int active;
};

/// The version of libgpiod that was built in, such as "1.6.3".
const char *wattseal_gpio_version(void);

/// Opens a chip by its device path, such as /dev/gpiochip0.
int wattseal_gpio_open_chip(const char *path, struct wattseal_gpio_chip **chip);

/// Closes a chip. Its requested lines are released before.
void wattseal_gpio_close_chip(struct wattseal_gpio_chip *chip);

/// How many lines the chip has; their offsets count from 0.
int wattseal_gpio_line_count(struct wattseal_gpio_chip *chip);

/// The offset of the line that the device tree gave this name; -ENOENT where the chip has none of that name.
int wattseal_gpio_find_line(struct wattseal_gpio_chip *chip, const char *name);

/// Requests a line as output that stands at `active` (0 or 1) from the first moment; -EBUSY where another program has it.
int wattseal_gpio_request_output(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, int active,
    struct wattseal_gpio_line **line);

/// Requests a line as input, whose level counts in the kernel once it stood for `debounce` microseconds (0: at once).
/// -EOPNOTSUPP where libgpiod cannot ask the kernel for that.
int wattseal_gpio_request_input(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, unsigned debounce,
    struct wattseal_gpio_line **line);

/// Sets an output: 1 active, 0 inactive. One ioctl, no allocation.
int wattseal_gpio_write(struct wattseal_gpio_line *line, int active);

/// Reads a line: 1 active, 0 inactive. One ioctl, no allocation.
int wattseal_gpio_read(struct wattseal_gpio_line *line);

/// Takes the oldest edge that waits: 1, or 0 where none does. Never waits, no allocation.
int wattseal_gpio_next_edge(struct wattseal_gpio_line *line, struct wattseal_gpio_edge *edge);

/// Gives a requested line back to the kernel.
void wattseal_gpio_release(struct wattseal_gpio_line *line);

#endif

#ifndef WATTSEAL_CGPIO_H
#define WATTSEAL_CGPIO_H

/// A thin layer over libgpiod 1.6. Every call answers a value ≥ 0, or -errno taken directly after the failing call.
/// It holds no state and no logic; a chip and its lines are used by one owner.

struct gpiod_chip;
struct gpiod_line;

enum {
    WATTSEAL_GPIO_ACTIVE_LOW = 1 << 0,
    WATTSEAL_GPIO_PULL_UP = 1 << 1,
    WATTSEAL_GPIO_PULL_DOWN = 1 << 2,
    WATTSEAL_GPIO_BIAS_OFF = 1 << 3,
};

/// Opens a chip by its device path, such as /dev/gpiochip0.
int wattseal_gpio_open_chip(const char *path, struct gpiod_chip **chip);

/// Closes a chip and releases its lines.
void wattseal_gpio_close_chip(struct gpiod_chip *chip);

/// Finds a line by the name that the device tree gave it; -ENOENT where the chip has none of that name.
int wattseal_gpio_find_line(struct gpiod_chip *chip, const char *name, struct gpiod_line **line);

/// Requests a line as output that stands at `active` (0 or 1) from the first moment.
int wattseal_gpio_request_output(struct gpiod_line *line, const char *consumer, int flags, int active);

/// Requests a line as input.
int wattseal_gpio_request_input(struct gpiod_line *line, const char *consumer, int flags);

/// Sets an output: 1 active, 0 inactive. One ioctl, no allocation.
int wattseal_gpio_write(struct gpiod_line *line, int active);

/// Reads a line: 1 active, 0 inactive. One ioctl, no allocation.
int wattseal_gpio_read(struct gpiod_line *line);

/// Gives a requested line back to the kernel.
void wattseal_gpio_release(struct gpiod_line *line);

#endif

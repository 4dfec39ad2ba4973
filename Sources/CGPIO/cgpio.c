#include "cgpio.h"

#include <errno.h>
#include <gpiod.h>
#include <stddef.h>

/// -errno, and -EIO where a failing call left errno at 0.
static int failure(void) { return errno != 0 ? -errno : -EIO; }

static int request_flags(int flags)
{
    int request = 0;
    if (flags & WATTSEAL_GPIO_ACTIVE_LOW) request |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    if (flags & WATTSEAL_GPIO_PULL_UP) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    if (flags & WATTSEAL_GPIO_PULL_DOWN) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    if (flags & WATTSEAL_GPIO_BIAS_OFF) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    return request;
}

int wattseal_gpio_open_chip(const char *path, struct gpiod_chip **chip)
{
    errno = 0;
    struct gpiod_chip *opened = gpiod_chip_open(path);
    if (opened == NULL) return failure();
    *chip = opened;
    return 0;
}

void wattseal_gpio_close_chip(struct gpiod_chip *chip) { gpiod_chip_close(chip); }

int wattseal_gpio_find_line(struct gpiod_chip *chip, const char *name, struct gpiod_line **line)
{
    errno = 0;
    struct gpiod_line *found = gpiod_chip_find_line(chip, name);
    if (found == NULL) return failure();
    *line = found;
    return 0;
}

int wattseal_gpio_request_output(struct gpiod_line *line, const char *consumer, int flags, int active)
{
    errno = 0;
    return gpiod_line_request_output_flags(line, consumer, request_flags(flags), active) < 0 ? failure() : 0;
}

int wattseal_gpio_request_input(struct gpiod_line *line, const char *consumer, int flags)
{
    errno = 0;
    return gpiod_line_request_input_flags(line, consumer, request_flags(flags)) < 0 ? failure() : 0;
}

int wattseal_gpio_write(struct gpiod_line *line, int active)
{
    errno = 0;
    return gpiod_line_set_value(line, active) < 0 ? failure() : 0;
}

int wattseal_gpio_read(struct gpiod_line *line)
{
    errno = 0;
    int value = gpiod_line_get_value(line);
    return value < 0 ? failure() : value;
}

void wattseal_gpio_release(struct gpiod_line *line) { gpiod_line_release(line); }

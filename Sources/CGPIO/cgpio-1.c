#include "shared.h"

#include <poll.h>
#include <stddef.h>

// Only version 1 has this macro.
#ifdef GPIOD_BIT

static struct gpiod_line *line_of(struct wattseal_gpio_line *line) { return (struct gpiod_line *)line; }

static int request_flags(int flags)
{
    int request = 0;
    if (flags & WATTSEAL_GPIO_ACTIVE_LOW) request |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    if (flags & WATTSEAL_GPIO_PULL_UP) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    if (flags & WATTSEAL_GPIO_PULL_DOWN) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    if (flags & WATTSEAL_GPIO_BIAS_OFF) request |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    if (flags & WATTSEAL_GPIO_OPEN_DRAIN) request |= GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN;
    if (flags & WATTSEAL_GPIO_OPEN_SOURCE) request |= GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE;
    return request;
}

const char *wattseal_gpio_version(void) { return gpiod_version_string(); }

int wattseal_gpio_line_count(struct wattseal_gpio_chip *chip) { return (int)gpiod_chip_num_lines(chip_of(chip)); }

int wattseal_gpio_find_line(struct wattseal_gpio_chip *chip, const char *name)
{
    errno = 0;
    struct gpiod_line *found = gpiod_chip_find_line(chip_of(chip), name);
    return found == NULL ? failure() : (int)gpiod_line_offset(found);
}

int wattseal_gpio_request_output(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, int active,
    struct wattseal_gpio_line **line)
{
    errno = 0;
    struct gpiod_line *found = gpiod_chip_get_line(chip_of(chip), offset);
    if (found == NULL) return failure();
    if (gpiod_line_request_output_flags(found, consumer, request_flags(flags), active) < 0) return failure();
    *line = (struct wattseal_gpio_line *)found;
    return 0;
}

int wattseal_gpio_request_input(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, unsigned debounce,
    struct wattseal_gpio_line **line)
{
    // The kernel's first interface, which this version speaks, knows no debouncing.
    if (debounce != 0) return -EOPNOTSUPP;
    errno = 0;
    struct gpiod_line *found = gpiod_chip_get_line(chip_of(chip), offset);
    if (found == NULL) return failure();
    int code = flags & WATTSEAL_GPIO_EDGES
        ? gpiod_line_request_both_edges_events_flags(found, consumer, request_flags(flags))
        : gpiod_line_request_input_flags(found, consumer, request_flags(flags));
    if (code < 0) return failure();
    *line = (struct wattseal_gpio_line *)found;
    return 0;
}

int wattseal_gpio_write(struct wattseal_gpio_line *line, int active)
{
    errno = 0;
    return gpiod_line_set_value(line_of(line), active) < 0 ? failure() : 0;
}

int wattseal_gpio_read(struct wattseal_gpio_line *line)
{
    errno = 0;
    int value = gpiod_line_get_value(line_of(line));
    return value < 0 ? failure() : value;
}

int wattseal_gpio_next_edge(struct wattseal_gpio_line *line, struct wattseal_gpio_edge *edge)
{
    errno = 0;
    int descriptor = gpiod_line_event_get_fd(line_of(line));
    if (descriptor < 0) return failure();
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN | POLLPRI};
    int ready = poll(&waiting, 1, 0);
    if (ready <= 0) return ready < 0 ? failure() : 0;
    struct gpiod_line_event event;
    if (gpiod_line_event_read(line_of(line), &event) < 0) return failure();
    edge->at = (int64_t)event.ts.tv_sec * 1000000000 + event.ts.tv_nsec;
    edge->active = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    return 1;
}

void wattseal_gpio_release(struct wattseal_gpio_line *line) { gpiod_line_release(line_of(line)); }

#endif

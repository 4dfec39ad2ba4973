#include "shared.h"

#include <poll.h>
#include <stdlib.h>

// Only version 1 has this macro.
#ifndef GPIOD_BIT

/// What version 2 keeps for a line: the request, and where an edge is read to.
struct wattseal_gpio_line {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *edges;
    unsigned offset;
};

static int set_flags(struct gpiod_line_settings *settings, int flags)
{
    gpiod_line_settings_set_active_low(settings, flags & WATTSEAL_GPIO_ACTIVE_LOW);
    int code = 0;
    if (flags & WATTSEAL_GPIO_PULL_UP) code |= gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_PULL_UP);
    if (flags & WATTSEAL_GPIO_PULL_DOWN) code |= gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_PULL_DOWN);
    if (flags & WATTSEAL_GPIO_BIAS_OFF) code |= gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_DISABLED);
    if (flags & WATTSEAL_GPIO_OPEN_DRAIN) code |= gpiod_line_settings_set_drive(settings, GPIOD_LINE_DRIVE_OPEN_DRAIN);
    if (flags & WATTSEAL_GPIO_OPEN_SOURCE) {
        code |= gpiod_line_settings_set_drive(settings, GPIOD_LINE_DRIVE_OPEN_SOURCE);
    }
    if (flags & WATTSEAL_GPIO_EDGES) code |= gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
    return code;
}

/// Requests one line with its settings.
static int request(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, struct gpiod_line_settings *settings,
    struct wattseal_gpio_line **line)
{
    int code = -ENOMEM;
    errno = 0;
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *request = gpiod_request_config_new();
    struct gpiod_edge_event_buffer *edges = gpiod_edge_event_buffer_new(1);
    struct wattseal_gpio_line *made = malloc(sizeof *made);
    if (lines != NULL && request != NULL && edges != NULL && made != NULL) {
        gpiod_request_config_set_consumer(request, consumer);
        struct gpiod_line_request *held = NULL;
        if (gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0) {
            held = gpiod_chip_request_lines(chip_of(chip), request, lines);
        }
        code = held == NULL ? failure() : 0;
        *made = (struct wattseal_gpio_line){.request = held, .edges = edges, .offset = offset};
    }
    gpiod_request_config_free(request);
    gpiod_line_config_free(lines);
    if (code == 0) {
        *line = made;
    } else {
        gpiod_edge_event_buffer_free(edges);
        free(made);
    }
    return code;
}

const char *wattseal_gpio_version(void) { return gpiod_api_version(); }

int wattseal_gpio_line_count(struct wattseal_gpio_chip *chip)
{
    errno = 0;
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip_of(chip));
    if (info == NULL) return failure();
    int count = (int)gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    return count;
}

int wattseal_gpio_find_line(struct wattseal_gpio_chip *chip, const char *name)
{
    errno = 0;
    int offset = gpiod_chip_get_line_offset_from_name(chip_of(chip), name);
    return offset < 0 ? failure() : offset;
}

int wattseal_gpio_request_output(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, int active,
    struct wattseal_gpio_line **line)
{
    errno = 0;
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings == NULL) return failure();
    int wrong = set_flags(settings, flags);
    wrong |= gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
    wrong |= gpiod_line_settings_set_output_value(settings, active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    int code = wrong != 0 ? failure() : request(chip, offset, consumer, settings, line);
    gpiod_line_settings_free(settings);
    return code;
}

int wattseal_gpio_request_input(
    struct wattseal_gpio_chip *chip, unsigned offset, const char *consumer, int flags, unsigned debounce,
    struct wattseal_gpio_line **line)
{
    errno = 0;
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings == NULL) return failure();
    int wrong = set_flags(settings, flags);
    wrong |= gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
    gpiod_line_settings_set_debounce_period_us(settings, debounce);
    int code = wrong != 0 ? failure() : request(chip, offset, consumer, settings, line);
    gpiod_line_settings_free(settings);
    return code;
}

int wattseal_gpio_write(struct wattseal_gpio_line *line, int active)
{
    errno = 0;
    enum gpiod_line_value value = active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_value(line->request, line->offset, value) < 0 ? failure() : 0;
}

int wattseal_gpio_read(struct wattseal_gpio_line *line)
{
    errno = 0;
    enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
    return value == GPIOD_LINE_VALUE_ERROR ? failure() : value == GPIOD_LINE_VALUE_ACTIVE;
}

int wattseal_gpio_next_edge(struct wattseal_gpio_line *line, struct wattseal_gpio_edge *edge)
{
    errno = 0;
    struct pollfd waiting = {.fd = gpiod_line_request_get_fd(line->request), .events = POLLIN};
    int ready = poll(&waiting, 1, 0);
    if (ready <= 0) return ready < 0 ? failure() : 0;
    int count = gpiod_line_request_read_edge_events(line->request, line->edges, 1);
    if (count <= 0) return count < 0 ? failure() : 0;
    struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->edges, 0);
    edge->at = (int64_t)gpiod_edge_event_get_timestamp_ns(event);
    edge->active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    return 1;
}

void wattseal_gpio_release(struct wattseal_gpio_line *line)
{
    gpiod_line_request_release(line->request);
    gpiod_edge_event_buffer_free(line->edges);
    free(line);
}

#endif

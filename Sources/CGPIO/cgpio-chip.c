// The chip itself: the same calls in both versions of libgpiod.
#include "shared.h"

#include <stddef.h>

int wattseal_gpio_open_chip(const char *path, struct wattseal_gpio_chip **chip)
{
    errno = 0;
    struct gpiod_chip *opened = gpiod_chip_open(path);
    if (opened == NULL) return failure();
    *chip = (struct wattseal_gpio_chip *)opened;
    return 0;
}

void wattseal_gpio_close_chip(struct wattseal_gpio_chip *chip) { gpiod_chip_close(chip_of(chip)); }

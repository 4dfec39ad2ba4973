// Runs the control core of a target without an operating system as a program of Linux: reads the files, calls Swift, says
// what came of it. FILE.txt is vectors, anything else a flight recording. Exits 0 when every file is right.

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t wattseal_check_vectors(const uint8_t *bytes, intptr_t count, int32_t *failed_line);
int32_t wattseal_check_companion(void);
int64_t wattseal_check_recording(const uint8_t *bytes, intptr_t count, int64_t *entry, uint8_t *field);

static uint8_t *read_file(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    size_t room = 1 << 16;
    uint8_t *bytes = malloc(room);
    *count = 0;
    while (bytes) {
        *count += fread(bytes + *count, 1, room - *count, file);
        if (*count < room) break;
        room *= 2;
        bytes = realloc(bytes, room);
    }
    fclose(file);
    return bytes;
}

static int check_vectors(const char *path, const uint8_t *bytes, size_t count) {
    int32_t failed = 0;
    int32_t passed = wattseal_check_vectors(bytes, (intptr_t)count, &failed);
    if (failed) {
        printf("%s:%" PRId32 ": not so here\n", path, failed);
        return 1;
    }
    printf("%s: %" PRId32 " lines are right\n", path, passed);
    return passed > 0 ? 0 : 1;
}

static int check_recording(const char *path, const uint8_t *bytes, size_t count) {
    int64_t entry = 0;
    uint8_t field[64] = {0};
    int64_t same = wattseal_check_recording(bytes, (intptr_t)count, &entry, field);
    if (same == -1) printf("%s: step %" PRId64 " differs in %s\n", path, entry, field);
    if (same == -2) printf("%s: refused\n", path);
    if (same >= 0) printf("%s: %" PRId64 " steps with the same outputs\n", path, same);
    return same > 0 ? 0 : 1;
}

static int check_companion(void) {
    int32_t frames = wattseal_check_companion();
    if (frames < 0) printf("companion: a frame is not right\n");
    if (frames >= 0) printf("companion: %" PRId32 " frames are right\n", frames);
    return frames > 0 ? 0 : 1;
}

int main(int count, char **arguments) {
    int failures = count < 2;
    failures |= check_companion();
    for (int index = 1; index < count; index++) {
        const char *path = arguments[index];
        size_t length = 0;
        uint8_t *bytes = read_file(path, &length);
        if (!bytes) {
            perror(path);
            failures = 1;
            continue;
        }
        size_t name = strlen(path);
        int is_text = name > 4 && strcmp(path + name - 4, ".txt") == 0;
        failures |= is_text ? check_vectors(path, bytes, length) : check_recording(path, bytes, length);
        free(bytes);
    }
    return failures;
}

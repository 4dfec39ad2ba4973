#define _GNU_SOURCE
#include "baselines.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

bool baselines_can_write_directly(const char *path) {
    int descriptor = open(path, O_WRONLY | O_DSYNC | O_DIRECT | O_CLOEXEC);
    if (descriptor < 0) return false;
    close(descriptor);
    return true;
}

int32_t baselines_direct_writes(
    const char *path, int64_t first, int64_t count, bool is_direct, uint32_t pause, int64_t *times) {
    int descriptor = open(path, O_WRONLY | O_DSYNC | O_CLOEXEC | (is_direct ? O_DIRECT : 0));
    if (descriptor < 0) return -errno;
    void *block;
    // O_DIRECT wants memory aligned like the disk's blocks.
    if (posix_memalign(&block, 4096, 512) != 0) {
        close(descriptor);
        return -ENOMEM;
    }
    memset(block, 0xA5, 512);
    int32_t result = 0;
    for (int64_t number = 0; number < count && result == 0; number++) {
        if (pause > 0) usleep(pause);
        int64_t start = now();
        if (pwrite(descriptor, block, 512, (first + number) * 512) != 512) result = errno > 0 ? -errno : -EIO;
        times[number] = now() - start;
    }
    free(block);
    close(descriptor);
    return result;
}

struct baselines_database {
    sqlite3 *connection;
    sqlite3_stmt *insertion;
};

struct baselines_database *baselines_database_open(const char *path) {
    struct baselines_database *database = calloc(1, sizeof *database);
    if (database == NULL) return NULL;
    const char *setting = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE record(number INTEGER PRIMARY KEY, message BLOB)";
    if (sqlite3_open(path, &database->connection) != SQLITE_OK
        || sqlite3_exec(database->connection, setting, NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(
               database->connection, "INSERT INTO record(message) VALUES(?)", -1, &database->insertion, NULL)
            != SQLITE_OK) {
        baselines_database_close(database);
        return NULL;
    }
    return database;
}

int32_t baselines_database_insert(struct baselines_database *database, const uint8_t *bytes, size_t count) {
    sqlite3_reset(database->insertion);
    sqlite3_bind_blob(database->insertion, 1, bytes, (int)count, SQLITE_STATIC);
    return sqlite3_step(database->insertion) == SQLITE_DONE ? 0 : -EIO;
}

void baselines_database_close(struct baselines_database *database) {
    sqlite3_finalize(database->insertion);
    sqlite3_close(database->connection);
    free(database);
}

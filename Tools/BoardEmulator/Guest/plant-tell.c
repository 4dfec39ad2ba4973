/*
 * Says one line to the plant's control socket, and prints its answer: what `plant tell` does, in a hundredth of its instructions.
 *
 *     plant-tell CONTROL LINE
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "plant-tell: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int count, char **words)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static char answer[65536];
	size_t length = 0;
	int line;

	if (count != 3 || strlen(words[1]) >= sizeof address.sun_path) {
		fprintf(stderr, "usage: plant-tell CONTROL LINE\n");
		return 2;
	}
	strcpy(address.sun_path, words[1]);
	line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line < 0 || connect(line, (struct sockaddr *)&address, sizeof address) != 0)
		return fail(words[1]);
	if (dprintf(line, "%s\n", words[2]) < 0)
		return fail(words[1]);
	while (length < sizeof answer && memchr(answer, '\n', length) == NULL) {
		ssize_t received = read(line, answer + length, sizeof answer - length);

		if (received <= 0)
			return fail(words[1]);
		length += received;
	}
	if (fwrite(answer, 1, length, stdout) != length)
		return fail("standard output");
	return strncmp(answer, "error", 5) == 0;
}

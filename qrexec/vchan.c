/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/vchan.h"

#include <errno.h>

#include "lib/size.h"

enum { IDLE_CHECK_MS = 10000, DOMID_MAX = 32751 };

int vchan_site_init(struct vchan_site *site, const char *dir, const char *domid)
{
	long long number = 0;

	*site = (struct vchan_site){.ops = &vchan_xen};
	if (!dir && !domid)
		return 0;
	if (domid && num_parse(domid, 0, DOMID_MAX, &number) < 0)
		return -EINVAL;
	*site = (struct vchan_site){
		.ops = &vchan_socket,
		.dir = dir ? dir : "/var/run/vchan",
		.domid = (uint32_t)number,
	};
	return 0;
}

int vchan_site_self(struct vchan_site *site)
{
	return site->ops->self ? site->ops->self(&site->domid) : 0;
}

static int where_check(const struct vchan_site *site, const struct vchan_at *at)
{
	if (at->domid > DOMID_MAX)
		return -EINVAL;
	if (at->domid == site->domid)
		return -EINVAL;
	return 0;
}

int vchan_share(const struct vchan_site *site, const struct vchan_at *at,
		struct vchan **ret)
{
	int r = where_check(site, at);

	return r < 0 ? r : site->ops->share(site, at, ret);
}

int vchan_publish(struct vchan *v, const struct vchan_site *site,
		  const struct vchan_at *at)
{
	return v->ops->publish(v, site, at);
}

bool vchan_told(struct vchan *v, struct vchan_address *ret)
{
	return v->ops->told && v->ops->told(v, ret);
}

bool vchan_takes(struct vchan *v)
{
	return v->ops->takes && v->ops->takes(v);
}

int vchan_server(const struct vchan_site *site, const struct vchan_at *at,
		 struct vchan **ret)
{
	struct vchan *v = NULL;
	int r = vchan_share(site, at, &v);

	if (r == 0)
		r = vchan_publish(v, site, at);
	if (r < 0) {
		vchan_close(v);
		return r;
	}
	*ret = v;
	return 0;
}

int vchan_client(const struct vchan_site *site, const struct vchan_at *at,
		 uint64_t deadline, int cancel, struct vchan **ret)
{
	int r = where_check(site, at);

	return r < 0 ? r : site->ops->client(site, at, deadline, cancel, ret);
}

struct pollfd vchan_poll(struct vchan *v, bool want_read, bool want_write)
{
	return (struct pollfd){
		.fd = v->ops->fd(v),
		.events = v->ops->events(v, want_read, want_write),
	};
}

int vchan_wait(struct vchan *v, bool want_read, bool want_write, uint64_t deadline)
{
	return vchan_wait_beside(v, want_read, want_write, -1, deadline);
}

int vchan_wait_beside(struct vchan *v, bool want_read, bool want_write, int other,
		      uint64_t deadline)
{
	struct pollfd p[] = {vchan_poll(v, want_read, want_write),
			     {.fd = other, .events = POLLIN}};
	int n = poll(p, array_len(p), clock_left(deadline, IDLE_CHECK_MS));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents)
		return 1;
	if (n > 0)
		return v->ops->ready(v);
	if (!v->ops->peer_lives(v))
		return -EPIPE;
	return deadline && clock_ms() >= deadline ? -ETIMEDOUT : 0;
}

int vchan_read_all(struct vchan *v, void *data, size_t len, uint64_t deadline)
{
	uint8_t *at = data;

	while (len) {
		ssize_t n = v->ops->read(v, at, len);
		int r = 0;

		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
		if (n == 0)
			r = vchan_wait(v, true, false, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

int vchan_write_all(struct vchan *v, const void *data, size_t len, uint64_t deadline)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t n = v->ops->write(v, at, len);
		int r = 0;

		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
		if (len)
			r = vchan_wait(v, false, true, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

void vchan_close(struct vchan *v)
{
	if (v)
		v->ops->close(v);
}

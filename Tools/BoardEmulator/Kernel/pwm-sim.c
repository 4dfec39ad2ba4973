// SPDX-License-Identifier: GPL-2.0-only
/*
 * pwm-sim: a PWM chip with no hardware behind it.
 *
 * Firmware side: /sys/class/pwm/pwmchipN.
 * Plant side: the kernel's pwm_apply trace event, or /sys/devices/platform/pwm-sim.0/state (poll(2)able).
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pwm.h>
#include <linux/slab.h>

static unsigned int channels = 4;
module_param(channels, uint, 0444);
MODULE_PARM_DESC(channels, "number of PWM channels");

struct pwm_sim {
	struct pwm_chip chip;
	struct device *dev;
	struct { struct pwm_state st; u64 at; u32 seq; } ch[16];
};

static int pwm_sim_apply(struct pwm_chip *c, struct pwm_device *pwm,
			 const struct pwm_state *state)
{
	struct pwm_sim *s = container_of(c, struct pwm_sim, chip);

	s->ch[pwm->hwpwm].st = *state;
	s->ch[pwm->hwpwm].at = ktime_get_ns();
	s->ch[pwm->hwpwm].seq++;
	sysfs_notify(&s->dev->kobj, NULL, "state");
	return 0;
}

static int pwm_sim_get_state(struct pwm_chip *c, struct pwm_device *pwm,
			     struct pwm_state *state)
{
	struct pwm_sim *s = container_of(c, struct pwm_sim, chip);

	*state = s->ch[pwm->hwpwm].st;
	return 0;
}

static const struct pwm_ops pwm_sim_ops = {
	.apply = pwm_sim_apply,
	.get_state = pwm_sim_get_state,
	.owner = THIS_MODULE,
};

/* one line per channel: index enabled period_ns duty_ns polarity seq monotonic_ns */
static ssize_t state_show(struct device *d, struct device_attribute *a, char *buf)
{
	struct pwm_sim *s = dev_get_drvdata(d);
	int n = 0, i;

	for (i = 0; i < s->chip.npwm; i++)
		n += sysfs_emit_at(buf, n, "%d %d %llu %llu %s %u %llu\n", i,
				   s->ch[i].st.enabled, s->ch[i].st.period,
				   s->ch[i].st.duty_cycle,
				   s->ch[i].st.polarity ? "inversed" : "normal",
				   s->ch[i].seq, s->ch[i].at);
	return n;
}
static DEVICE_ATTR_RO(state);
static struct attribute *pwm_sim_attrs[] = { &dev_attr_state.attr, NULL };
ATTRIBUTE_GROUPS(pwm_sim);

static int pwm_sim_probe(struct platform_device *pdev)
{
	struct pwm_sim *s = devm_kzalloc(&pdev->dev, sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->dev = &pdev->dev;
	s->chip.dev = &pdev->dev;
	s->chip.ops = &pwm_sim_ops;
	s->chip.npwm = clamp(channels, 1u, 16u);
	platform_set_drvdata(pdev, s);
	return devm_pwmchip_add(&pdev->dev, &s->chip);
}

static struct platform_driver pwm_sim_driver = {
	.driver = { .name = "pwm-sim", .dev_groups = pwm_sim_groups },
	.probe = pwm_sim_probe,
};
static struct platform_device *pwm_sim_dev;

static int __init pwm_sim_init(void)
{
	int r = platform_driver_register(&pwm_sim_driver);

	if (r)
		return r;
	pwm_sim_dev = platform_device_register_simple("pwm-sim", 0, NULL, 0);
	if (IS_ERR(pwm_sim_dev)) {
		platform_driver_unregister(&pwm_sim_driver);
		return PTR_ERR(pwm_sim_dev);
	}
	return 0;
}
static void __exit pwm_sim_exit(void)
{
	platform_device_unregister(pwm_sim_dev);
	platform_driver_unregister(&pwm_sim_driver);
}
module_init(pwm_sim_init);
module_exit(pwm_sim_exit);
MODULE_DESCRIPTION("Simulated PWM chip");
MODULE_LICENSE("GPL");

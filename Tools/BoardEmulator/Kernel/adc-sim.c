// SPDX-License-Identifier: GPL-2.0-only
/*
 * adc-sim: an IIO converter with no hardware behind it.
 *
 * Firmware side, /sys/bus/iio/devices/iio:deviceN, read only:
 *	in_voltage{0..7}_raw	12 bits
 *	in_voltage_scale	3300 mV over 12 bits
 *	in_temp{0,1}_input	millidegrees Celsius
 * Plant side, /sys/devices/platform/adc-sim.0:
 *	echo "CHANNEL RAW" > set
 *	echo "CHANNEL MILLIDEGREES" > set_temperature
 *	cat set			one line a voltage channel: channel, raw, number of reads
 */
#include <linux/iio/iio.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define NCH 8
#define NTEMP 2

struct adc_sim {
	int raw[NCH];
	u64 reads[NCH];
	int millidegrees[NTEMP];
};

#define CH(n) { .type = IIO_VOLTAGE, .indexed = 1, .channel = (n), \
	.info_mask_separate = BIT(IIO_CHAN_INFO_RAW), \
	.info_mask_shared_by_type = BIT(IIO_CHAN_INFO_SCALE) }
#define TEMP(n) { .type = IIO_TEMP, .indexed = 1, .channel = (n), \
	.info_mask_separate = BIT(IIO_CHAN_INFO_PROCESSED) }

static const struct iio_chan_spec adc_sim_chans[NCH + NTEMP] = {
	CH(0), CH(1), CH(2), CH(3), CH(4), CH(5), CH(6), CH(7), TEMP(0), TEMP(1) };

static int adc_sim_read(struct iio_dev *io, struct iio_chan_spec const *ch,
			int *val, int *val2, long mask)
{
	struct adc_sim *s = iio_priv(io);

	switch (mask) {
	case IIO_CHAN_INFO_RAW:
		*val = READ_ONCE(s->raw[ch->channel]);
		s->reads[ch->channel]++;
		return IIO_VAL_INT;
	case IIO_CHAN_INFO_PROCESSED:
		*val = READ_ONCE(s->millidegrees[ch->channel]);
		return IIO_VAL_INT;
	case IIO_CHAN_INFO_SCALE:	/* 3300 mV over 12 bits */
		*val = 3300;
		*val2 = 12;
		return IIO_VAL_FRACTIONAL_LOG2;
	}
	return -EINVAL;
}
static const struct iio_info adc_sim_info = { .read_raw = adc_sim_read };

static ssize_t set_store(struct device *d, struct device_attribute *a,
			 const char *buf, size_t len)
{
	struct adc_sim *s = iio_priv(dev_get_drvdata(d));
	unsigned int ch;
	int raw;

	if (sscanf(buf, "%u %d", &ch, &raw) != 2 || ch >= NCH || raw < 0 || raw > 4095)
		return -EINVAL;
	WRITE_ONCE(s->raw[ch], raw);
	return len;
}
static ssize_t set_show(struct device *d, struct device_attribute *a, char *buf)
{
	struct adc_sim *s = iio_priv(dev_get_drvdata(d));
	int n = 0, i;

	for (i = 0; i < NCH; i++)
		n += sysfs_emit_at(buf, n, "%d %d %llu\n", i, s->raw[i], s->reads[i]);
	return n;
}
static DEVICE_ATTR_RW(set);

static ssize_t set_temperature_store(struct device *d, struct device_attribute *a,
				     const char *buf, size_t len)
{
	struct adc_sim *s = iio_priv(dev_get_drvdata(d));
	unsigned int ch;
	int millidegrees;

	if (sscanf(buf, "%u %d", &ch, &millidegrees) != 2 || ch >= NTEMP)
		return -EINVAL;
	if (millidegrees < -100000 || millidegrees > 300000)
		return -EINVAL;
	WRITE_ONCE(s->millidegrees[ch], millidegrees);
	return len;
}
static DEVICE_ATTR_WO(set_temperature);

static struct attribute *adc_sim_attrs[] = {
	&dev_attr_set.attr, &dev_attr_set_temperature.attr, NULL };
ATTRIBUTE_GROUPS(adc_sim);

static int adc_sim_probe(struct platform_device *pdev)
{
	struct iio_dev *io = devm_iio_device_alloc(&pdev->dev, sizeof(struct adc_sim));

	if (!io)
		return -ENOMEM;
	platform_set_drvdata(pdev, io);
	io->name = "adc-sim";
	io->info = &adc_sim_info;
	io->modes = INDIO_DIRECT_MODE;
	io->channels = adc_sim_chans;
	io->num_channels = NCH + NTEMP;
	return devm_iio_device_register(&pdev->dev, io);
}
static struct platform_driver adc_sim_driver = {
	.driver = { .name = "adc-sim", .dev_groups = adc_sim_groups },
	.probe = adc_sim_probe,
};
static struct platform_device *adc_sim_dev;

static int __init adc_sim_init(void)
{
	int r = platform_driver_register(&adc_sim_driver);

	if (r)
		return r;
	adc_sim_dev = platform_device_register_simple("adc-sim", 0, NULL, 0);
	if (IS_ERR(adc_sim_dev)) {
		platform_driver_unregister(&adc_sim_driver);
		return PTR_ERR(adc_sim_dev);
	}
	return 0;
}
static void __exit adc_sim_exit(void)
{
	platform_device_unregister(adc_sim_dev);
	platform_driver_unregister(&adc_sim_driver);
}
module_init(adc_sim_init);
module_exit(adc_sim_exit);
MODULE_DESCRIPTION("Simulated IIO converter");
MODULE_LICENSE("GPL");

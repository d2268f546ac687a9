"""What the demo dealership sells; all of it is invented."""

from __future__ import annotations

from typing import Final

from plugins.inventory.services.kinds import Powertrain

SERIES: Final = (
    ("YUANXING", "远行", "Yuanxing", "SUV", 22_980_000),
    ("CHENGUANG", "晨光", "Chenguang", "SEDAN", 15_980_000),
    ("FANGTING", "方庭", "Fangting", "MPV", 26_980_000),
    ("QINGYU", "轻羽", "Qingyu", "HATCHBACK", 11_980_000),
)
"""Code, Chinese and English name, body, guide price of the cheapest trim in fen."""

TRIMS: Final = (
    ("ICE", "1.5T 舒适版", "1.5T Comfort", Powertrain.ICE, 1_498, None, None, 0),
    ("PHEV", "插混 尊享版", "Plug-in Hybrid Premium", Powertrain.PHEV, 1_498, 18_300, 115, 2_400_000),
    ("BEV", "纯电 长续航版", "Electric Long Range", Powertrain.BEV, None, 78_500, 610, 3_800_000),
)
"""Code, names, powertrain, displacement in ml, battery in Wh, range in km, what it costs more in fen."""

COLORS: Final = (
    ("WHITE", "雪域白", "Snow White", "#F7F7F5"),
    ("BLACK", "曜石黑", "Obsidian Black", "#15161A"),
    ("SILVER", "月光银", "Moonlight Silver", "#C4C8CC"),
    ("GREY", "岩石灰", "Rock Grey", "#6B6E73"),
    ("BLUE", "深海蓝", "Deep Sea Blue", "#1D3557"),
    ("RED", "朱砂红", "Cinnabar Red", "#9B1B1E"),
    ("GREEN", "松林绿", "Pine Green", "#2F4A3C"),
    ("GOLD", "流沙金", "Sand Gold", "#B89B6A"),
)

INTERIORS: Final = (("BLACK", "黑色", "Black", "#1B1B1B"), ("BEIGE", "米色", "Beige", "#D9CBB2"))

ACCESSORIES: Final = (
    ("FILM", "全车贴膜套装", "Window film kit", "SET", 680_000),
    ("MATS", "全包围脚垫", "Floor mats", "SET", 98_000),
    ("DASHCAM", "行车记录仪", "Dash camera", "PIECE", 128_000),
    ("BOOT_MAT", "后备箱垫", "Boot mat", "PIECE", 46_000),
    ("SIDE_STEP", "电动踏板", "Powered side steps", "SET", 360_000),
    ("ROOF_RACK", "车顶行李架", "Roof rack", "SET", 168_000),
    ("WALLBOX", "家用充电桩 7kW", "Wallbox 7 kW", "SET", 420_000),
    ("CABLE", "随车充电枪", "Charging cable", "PIECE", 138_000),
    ("SEAT_COVER", "座椅套", "Seat covers", "SET", 158_000),
    ("SUNSHADE", "遮阳帘", "Sunshades", "SET", 36_000),
    ("ARMOUR", "底盘装甲", "Underbody coating", "SET", 188_000),
    ("PPF", "隐形车衣", "Paint protection film", "SET", 1_280_000),
    ("MUDGUARD", "挡泥板", "Mudguards", "SET", 32_000),
    ("TOWBAR", "拖车钩", "Tow bar", "SET", 268_000),
    ("AMBIENT", "氛围灯", "Ambient light", "SET", 88_000),
    ("TABLET", "后排娱乐屏", "Rear screen", "PIECE", 298_000),
    ("FRIDGE", "车载冰箱", "Cool box", "PIECE", 118_000),
    ("PURIFIER", "车载净化器", "Air purifier", "PIECE", 58_000),
    ("TYRE_KIT", "补胎充气套装", "Tyre repair kit", "SET", 28_000),
    ("CHILD_SEAT", "儿童安全座椅", "Child seat", "PIECE", 218_000),
)
"""Code, names, unit, price in fen."""

PARTS: Final = (
    ("OIL_5W30", "机油 5W-30", "Engine oil 5W-30", "LITRE", 9_800),
    ("OIL_0W20", "机油 0W-20", "Engine oil 0W-20", "LITRE", 12_800),
    ("COOLANT", "冷却液", "Coolant", "LITRE", 4_800),
    ("BRAKE_FLUID", "制动液", "Brake fluid", "LITRE", 8_600),
    ("GEAR_OIL", "变速箱油", "Gear oil", "LITRE", 13_800),
    ("WASHER_FLUID", "玻璃水", "Washer fluid", "LITRE", 1_200),
    ("GREASE", "润滑脂", "Grease", "KILOGRAM", 6_800),
    ("OIL_FILTER", "机油滤清器", "Oil filter", "PIECE", 5_800),
    ("AIR_FILTER", "空气滤清器", "Air filter", "PIECE", 8_800),
    ("CABIN_FILTER", "空调滤清器", "Cabin filter", "PIECE", 12_800),
    ("FUEL_FILTER", "燃油滤清器", "Fuel filter", "PIECE", 15_800),
    ("SPARK_PLUG", "火花塞", "Spark plug", "PIECE", 8_900),
    ("PADS_FRONT", "前制动片", "Front brake pads", "SET", 58_000),
    ("PADS_REAR", "后制动片", "Rear brake pads", "SET", 48_000),
    ("DISC_FRONT", "前制动盘", "Front brake disc", "PIECE", 62_000),
    ("DISC_REAR", "后制动盘", "Rear brake disc", "PIECE", 54_000),
    ("WIPER_FRONT", "前雨刮片", "Front wiper blades", "SET", 18_800),
    ("WIPER_REAR", "后雨刮片", "Rear wiper blade", "PIECE", 8_800),
    ("BATTERY_12V", "12V 蓄电池", "12 V battery", "PIECE", 78_000),
    ("TYRE_17", "17 英寸轮胎", "Tyre, 17 inch", "PIECE", 68_000),
    ("TYRE_18", "18 英寸轮胎", "Tyre, 18 inch", "PIECE", 82_000),
    ("TYRE_19", "19 英寸轮胎", "Tyre, 19 inch", "PIECE", 98_000),
    ("WHEEL_18", "18 英寸轮毂", "Wheel, 18 inch", "PIECE", 168_000),
    ("HEADLIGHT", "前大灯总成", "Headlight", "PIECE", 268_000),
    ("TAIL_LIGHT", "尾灯总成", "Tail light", "PIECE", 128_000),
    ("MIRROR", "后视镜总成", "Wing mirror", "PIECE", 88_000),
    ("BUMPER_FRONT", "前保险杠", "Front bumper", "PIECE", 138_000),
    ("BUMPER_REAR", "后保险杠", "Rear bumper", "PIECE", 128_000),
    ("WINDSCREEN", "前挡风玻璃", "Windscreen", "PIECE", 188_000),
    ("DRIVE_BELT", "驱动皮带", "Drive belt", "PIECE", 22_800),
    ("WATER_PUMP", "水泵", "Water pump", "PIECE", 68_000),
    ("SHOCK_FRONT", "前减振器", "Front shock absorber", "PIECE", 78_000),
    ("SHOCK_REAR", "后减振器", "Rear shock absorber", "PIECE", 66_000),
    ("BALL_JOINT", "球头", "Ball joint", "PIECE", 26_800),
    ("WHEEL_BEARING", "轮毂轴承", "Wheel bearing", "PIECE", 46_800),
    ("OXYGEN_SENSOR", "氧传感器", "Oxygen sensor", "PIECE", 58_800),
    ("KEY_FOB", "遥控钥匙", "Key fob", "PIECE", 68_000),
    ("FUSE_SET", "保险丝套装", "Fuse set", "SET", 2_800),
    ("CHARGE_PORT", "充电口总成", "Charging port", "PIECE", 86_000),
    ("CLIP_SET", "卡扣套装", "Clip set", "SET", 1_800),
)
"""Code, names, unit, price in fen."""

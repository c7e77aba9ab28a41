/** Texts about files and pictures. */
export const files = {
  cancel: '取消上传',
  choose: '选择文件',
  choose_image: '选择图片',
  close: '关闭图片',
  download: '下载“{name}”',
  drop: '拖放或粘贴到此处',
  drop_now: '松开即可上传',
  dropped: '“{name}”的上传已中断，文件未保存',
  enlarge: '放大查看“{name}”',
  failed: '上传没有成功，请再试一次',
  most: '最大 {size}',
  one_only: '一次只能上传一个文件',
  photo: '拍照',
  remove: '移除“{name}”',
  replace: '更换',
  uploading: '正在上传“{name}”',
}
